// Begins a stream that never ends by itself and aborts it after its first piece. CLIENT is openai or ollama.
import assert from "node:assert/strict";
import { check, finish, load, rejects } from "./sdk_check.mjs";

const { BASE_URL, KEY, CLIENT } = process.env;
const request = { model: "mock", messages: [{ role: "user", content: "Say hello" }], stream: true };

async function abort_openai() {
  const { default: OpenAI } = await load("openai");
  const client = new OpenAI({ baseURL: `${BASE_URL}/v1`, apiKey: KEY, maxRetries: 0 });
  const stream = await client.chat.completions.create(request);
  for await (const chunk of stream) {
    assert.equal(chunk.choices[0].delta.content, "x");
    stream.controller.abort();
  }
}

async function abort_ollama() {
  const { Ollama } = await load("ollama");
  const client = new Ollama({ host: BASE_URL, headers: { Authorization: `Bearer ${KEY}` } });
  const stream = await client.chat(request);
  const read = async () => {
    for await (const part of stream) {
      assert.equal(part.message.content, "x");
      client.abort();
    }
  };
  await rejects(read(), (error) => error.name === "AbortError");
}

await check(`${CLIENT}'s stream can be aborted`, CLIENT === "openai" ? abort_openai : abort_ollama);
finish();
