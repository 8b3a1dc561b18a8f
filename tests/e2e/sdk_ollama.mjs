// The official Ollama JavaScript client. BASE_URL is without /api; KEY is a gateway key; GATEWAY is set when one answers.
import assert from "node:assert/strict";
import { check, finish, load, rejects } from "./sdk_check.mjs";

const { Ollama } = await load("ollama");
const { BASE_URL, KEY, GATEWAY, SENTENCE } = process.env;
const connect = (key) => new Ollama({ host: BASE_URL, headers: { Authorization: `Bearer ${key}` } });
const client = connect(KEY);
const model = "chain";
const messages = [{ role: "user", content: "Say hello" }];
const weather = {
  type: "function",
  function: {
    name: "get_weather",
    description: "The weather of a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};
const format = {
  type: "object",
  properties: { city: { type: "string" }, ok: { type: "boolean" } },
  required: ["city", "ok"],
};

await check("models are listed", async () => {
  const names = (await client.list()).models.map((entry) => entry.name);
  assert.ok(names.includes("chain:latest"));
});

await check("chat answers", async () => {
  assert.equal((await client.chat({ model, messages })).message.content, SENTENCE);
});

await check("chat streams the same words", async () => {
  let text = "";
  for await (const part of await client.chat({ model, messages, stream: true })) text += part.message.content;
  assert.equal(text, SENTENCE);
});

await check("generate streams the same words", async () => {
  let text = "";
  for await (const part of await client.generate({ model, prompt: "Say hello", stream: true })) text += part.response;
  assert.equal(text, SENTENCE);
});

await check("tools are called", async () => {
  const call = (await client.chat({ model, messages, tools: [weather] })).message.tool_calls[0];
  assert.equal(call.function.name, "get_weather");
});

await check("structured output obeys its schema", async () => {
  const answer = await client.chat({ model, messages, format, options: { num_predict: 200 } });
  assert.deepEqual(Object.keys(JSON.parse(answer.message.content)).sort(), ["city", "ok"]);
});

await check("embeddings come as numbers", async () => {
  assert.equal((await client.embed({ model: "embed", input: ["abc", "xyz"] })).embeddings.length, 2);
});

await check("a model is shown and running ones are listed", async () => {
  assert.equal((await client.show({ model })).details.format, "gguf");
  assert.ok((await client.ps()).models.some((entry) => entry.name === "chain:latest"));
});

await check("a model that nobody has is not found", async () => {
  await rejects(client.chat({ model: "no-such-model", messages }), (error) => error.status_code === 404);
});

if (GATEWAY) {
  await check("a wrong key is refused", async () => {
    await rejects(connect("ahk_wrong").list(), (error) => error.status_code === 401);
  });
}

finish();
