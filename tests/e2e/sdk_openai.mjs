// The official OpenAI JavaScript client. BASE_URL and EMBED_URL end in /v1; KEY is a gateway key; GATEWAY=1 when a gateway answers.
import assert from "node:assert/strict";
import { check, finish, load, rejects } from "./sdk_check.mjs";

const { default: OpenAI } = await load("openai");
const { BASE_URL, EMBED_URL, KEY, GATEWAY, SENTENCE } = process.env;
const client = new OpenAI({ baseURL: BASE_URL, apiKey: KEY, maxRetries: 0 });
const model = "llama-chain";
const messages = [{ role: "user", content: "Say hello" }];
const weather = {
  type: "function",
  function: {
    name: "get_weather",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};
const schema = {
  type: "object",
  properties: { city: { type: "string" }, ok: { type: "boolean" } },
  required: ["city", "ok"],
  additionalProperties: false,
};

await check("models are listed", async () => {
  const ids = [];
  for await (const entry of client.models.list()) ids.push(entry.id);
  assert.ok(ids.includes(model));
});

await check("chat answers", async () => {
  const answer = await client.chat.completions.create({ model, messages });
  assert.equal(answer.choices[0].message.content, SENTENCE);
});

await check("chat streams the same words", async () => {
  let text = "";
  for await (const chunk of await client.chat.completions.create({ model, messages, stream: true })) {
    text += chunk.choices[0].delta.content ?? "";
  }
  assert.equal(text, SENTENCE);
});

await check("tools are called", async () => {
  const answer = await client.chat.completions.create({ model, messages, tools: [weather] });
  const call = answer.choices[0].message.tool_calls[0];
  assert.equal(call.function.name, "get_weather");
  assert.ok("city" in JSON.parse(call.function.arguments));
});

await check("structured output obeys its schema", async () => {
  const answer = await client.chat.completions.create({
    model,
    messages,
    max_tokens: 200,
    response_format: { type: "json_schema", json_schema: { name: "city", schema, strict: true } },
  });
  assert.deepEqual(Object.keys(JSON.parse(answer.choices[0].message.content)).sort(), ["city", "ok"]);
});

await check("responses answer", async () => {
  const answer = await client.responses.create({ model, input: "Say hello" });
  assert.equal(answer.output_text, SENTENCE);
});

await check("embeddings come as numbers", async () => {
  const embedder = new OpenAI({ baseURL: EMBED_URL, apiKey: KEY, maxRetries: 0 });
  const answer = await embedder.embeddings.create({ model: "llama-embed", input: ["abc", "xyz"] });
  assert.equal(answer.data.length, 2);
  assert.ok(answer.data[0].embedding.length > 10);
});

if (GATEWAY) {
  await check("a wrong key is an authentication error", async () => {
    const stranger = new OpenAI({ baseURL: BASE_URL, apiKey: "ahk_wrong", maxRetries: 0 });
    await rejects(stranger.models.list(), (error) => error instanceof OpenAI.AuthenticationError);
  });
}

if (GATEWAY === "root") {
  await check("a model that nobody has is not found", async () => {
    await rejects(
      client.chat.completions.create({ model: "no-such-model", messages }),
      (error) => error instanceof OpenAI.NotFoundError && error.code === "model_not_found",
    );
  });
}

finish();
