// A small vocabulary for scripts that drive a client: each check prints "ok NAME" or "not ok NAME: why".
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// The clients live in the build folder, not beside this file.
export async function load(name) {
  const require = createRequire(join(process.env.SDK_FOLDER, "package.json"));
  return import(pathToFileURL(require.resolve(name)).href);
}

let failures = 0;

export async function check(name, body) {
  try {
    await body();
    console.log(`ok ${name}`);
  } catch (error) {
    failures += 1;
    console.log(`not ok ${name}: ${String(error.message).replaceAll("\n", " ")}`);
  }
}

export async function rejects(promise, test) {
  const error = await promise.then(() => null, (reason) => reason);
  assert.ok(error, "the call should have failed");
  assert.ok(test(error), `another error than expected: ${error.status ?? error.status_code} ${error.message}`);
}

export function finish() {
  process.exit(failures === 0 ? 0 : 1);
}
