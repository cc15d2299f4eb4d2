/** @file Messages to a local stand-in of a webhook: what arrives, what is tried again, and that nothing secret leaves or is said. */
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Message, notify } from "./webhook.js";

const message: Message = {
  text: "r/round-1 of e: done",
  kind: "run",
  experiment: "e",
  status: "done",
  id: "r/round-1",
};

let server: Server;
let bodies: { readonly text: string }[];
let types: (string | undefined)[];
let answers: ((response: ServerResponse) => void)[];
let said: string[];
const status =
  (code: number, headers = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(code, headers).end();

beforeEach(async () => {
  [bodies, types, answers, said] = [[], [], [], []];
  server = createServer((request, response) => {
    let text = "";
    request.on("data", (part) => {
      text += part;
    });
    request.on("end", () => {
      bodies.push(JSON.parse(text));
      types.push(request.headers["content-type"]);
      (answers.shift() ?? status(200))(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    said.push(String(text));
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  server.closeAllConnections();
  server.close();
});

const path = "/services/T0/B0/very-secret-path";
const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
const send = (of = message, environment: NodeJS.ProcessEnv = { SDTT_WEBHOOK: address() }) =>
  notify(of, { environment, waitsMs: [1, 1], timeoutMs: 200 });

it("arrives once, as JSON, and says nothing on the terminal", async () => {
  expect(await send()).toBe("sent");
  expect(bodies).toEqual([message]);
  expect(types).toEqual(["application/json"]);
  expect(said).toEqual([]);
});

it("is off without the variable", async () => {
  expect([await send(message, {}), await send(message, { SDTT_WEBHOOK: "" })]).toEqual(["off", "off"]);
  expect(bodies).toEqual([]);
});

it("is tried again where the other end is busy, broken or silent, and given up after the third time", async () => {
  answers = [status(503), status(429, { "retry-after": "0" })];
  expect(await send()).toBe("sent");
  expect(bodies).toHaveLength(3);
  answers = [status(500), () => {}, status(500)];
  expect(await send()).toBe("failed");
  expect(bodies).toHaveLength(6);
  expect(said).toEqual([
    expect.stringMatching(/^webhook: the message was not sent: HTTP 500 from 127\.0\.0\.1:\d+, 3 attempts\n$/),
  ]);
});

it("is not tried again where that would change nothing, and follows no redirect", async () => {
  answers = [status(404)];
  expect(await send()).toBe("failed");
  answers = [status(302, { location: `${address()}/elsewhere` })];
  expect(await send()).toBe("failed");
  expect(bodies).toHaveLength(2);
});

it("says that nothing answers in time, or is there at all, within the time that it was given", async () => {
  answers = [() => {}, () => {}, () => {}];
  expect(await send()).toBe("failed");
  expect(said[0]).toMatch(/no answer in 0\.2 s from 127/);
  const gone = address();
  await new Promise((resolve) => {
    server.closeAllConnections();
    server.close(resolve);
  });
  expect(await send(message, { SDTT_WEBHOOK: gone })).toBe("failed");
  expect(said[1]).toMatch(/ECONNREFUSED from 127/);
});

it("goes to https, to http on this machine only, and never repeats an address that it refuses", async () => {
  const wrong = [
    `http://evil.example${path}`,
    "file:///very-secret-path",
    "very-secret-path",
    `https://a:very-secret@x${path}`,
  ];
  for (const url of wrong) expect(await send(message, { SDTT_WEBHOOK: url })).toBe("failed");
  expect(said).toHaveLength(4);
  expect(said.join("")).not.toContain("very-secret");
  expect(said[0]).toMatch(/must begin with https:\/\/, or with http:\/\/ for this machine itself/);
});

it("says no secret: not those of the environment, not what looks like one, and not its own address", async () => {
  const token = `hf_${"Ab3".repeat(11)}`;
  const environment = { SDTT_WEBHOOK: address(), HF_TOKEN: "quite-plain-words" };
  const text = `401 for Bearer ${token} with quite-plain-words at ${address()}`;
  expect(await send({ ...message, text }, environment)).toBe("sent");
  expect(JSON.stringify(bodies)).not.toMatch(/hf_|quite-plain-words|very-secret/);
  answers = [status(404)];
  await send({ ...message, text }, environment);
  expect(said.join("")).not.toMatch(/very-secret|hf_/);
});
