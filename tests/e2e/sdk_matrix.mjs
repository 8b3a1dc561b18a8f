// The official JavaScript clients against a server that does not speak their API: CLIENT is openai, anthropic or ollama;
// MODEL and EMBED_MODEL are what the gateway calls the models.
import assert from "node:assert/strict";
import { check, finish, load } from "./sdk_check.mjs";

const { BASE_URL, KEY, CLIENT, MODEL, EMBED_MODEL, SENTENCE } = process.env;
const messages = [{ role: "user", content: "Say hello" }];
const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const tool = { name: "get_weather", description: "The weather of a city", parameters };
const boston = { city: "Boston" };

async function openai() {
  const { default: OpenAI } = await load("openai");
  const client = new OpenAI({ baseURL: `${BASE_URL}/v1`, apiKey: KEY, maxRetries: 0 });

  await check("chat streams", async () => {
    const stream = client.chat.completions.stream({ model: MODEL, messages, stream_options: { include_usage: true } });
    assert.equal(await stream.finalContent(), SENTENCE);
    assert.ok((await stream.totalUsage()).completion_tokens > 0);
  });
  await check("functions are run and their results read", async () => {
    const asked = [];
    const run = { ...tool, parse: JSON.parse, function: (given) => (asked.push(given), "sunny") };
    const runner = client.chat.completions.runTools({ model: MODEL, messages, tools: [{ type: "function", function: run }], stream: true });
    assert.equal((await runner.finalContent()).trim(), SENTENCE.trim());
    assert.deepEqual(asked, [boston]);
  });
  await check("responses stream", async () => {
    const response = await client.responses.stream({ model: MODEL, input: "Say hello" }).finalResponse();
    assert.equal(response.output_text, SENTENCE);
    assert.equal(response.status, "completed");
  });
  await check("responses call functions", async () => {
    const tools = [{ type: "function", ...tool, strict: false }];
    const response = await client.responses.stream({ model: MODEL, input: "Say hello", tools }).finalResponse();
    const call = response.output.find((item) => item.type === "function_call");
    assert.deepEqual(JSON.parse(call.arguments), boston);
  });
  await check("texts are embedded, in base64 as this client asks", async () => {
    const answer = await client.embeddings.create({ model: EMBED_MODEL, input: ["abc", "xyz"] });
    assert.equal(answer.data.length, 2);
    assert.ok(answer.data[0].embedding.some((number) => number === 0.5));
  });
}

async function anthropic() {
  const { default: Anthropic } = await load("@anthropic-ai/sdk");
  const client = new Anthropic({ baseURL: BASE_URL, apiKey: KEY, maxRetries: 0 });
  const ask = { model: MODEL, max_tokens: 500, messages };

  await check("messages answer", async () => {
    const answer = await client.messages.create(ask);
    assert.deepEqual(answer.content.map((block) => block.text), [SENTENCE]);
  });
  await check("messages stream", async () => {
    const stream = client.messages.stream(ask);
    assert.equal(await stream.finalText(), SENTENCE);
    const { stop_reason, usage } = await stream.finalMessage();
    assert.equal(stop_reason, "end_turn");
    assert.ok(usage.input_tokens > 0 && usage.output_tokens > 0);
  });
  await check("tools are called in a stream and their results read", async () => {
    const tools = [{ name: tool.name, description: tool.description, input_schema: parameters }];
    const first = await client.messages.stream({ ...ask, tools }).finalMessage();
    const call = first.content.find((block) => block.type === "tool_use");
    assert.deepEqual(call.input, boston);
    const result = { role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: "sunny" }] };
    const turns = [...messages, { role: "assistant", content: first.content }, result];
    const second = await client.messages.stream({ ...ask, tools, messages: turns }).finalText();
    assert.equal(second.trim(), SENTENCE.trim());
  });
}

async function ollama() {
  const { Ollama } = await load("ollama");
  const client = new Ollama({ host: BASE_URL, headers: { Authorization: `Bearer ${KEY}` } });
  const joined = async (stream, text) => {
    let all = "";
    for await (const part of stream) all += text(part);
    return all;
  };

  await check("chat streams", async () => {
    const stream = await client.chat({ model: MODEL, messages, stream: true });
    assert.equal(await joined(stream, (part) => part.message.content), SENTENCE);
  });
  await check("generate streams", async () => {
    const stream = await client.generate({ model: MODEL, prompt: "Say hello", stream: true });
    assert.equal(await joined(stream, (part) => part.response), SENTENCE);
  });
  await check("tools are called in a stream", async () => {
    const calls = [];
    const tools = [{ type: "function", function: tool }];
    for await (const part of await client.chat({ model: MODEL, messages, tools, stream: true })) calls.push(...(part.message.tool_calls ?? []));
    assert.deepEqual(calls.map((call) => call.function.arguments), [boston]);
  });
  await check("texts are embedded", async () => {
    const answer = await client.embed({ model: EMBED_MODEL, input: ["abc", "xyz"] });
    assert.equal(answer.embeddings.length, 2);
    assert.ok(answer.embeddings[0].includes(0.5));
  });
}

await { openai, anthropic, ollama }[CLIENT]();
finish();
