import { expect, test } from "vitest";
import { checkSource } from "../../src/panel/source-url.ts";

test.each([
  "https://cdn.reapi.ai/media/tasks/task_018f/0.png",
  "https://upload.wikimedia.org/a%20b.jpg?width=800",
  "  https://example.com/a.png  ",
  "https://8.8.8.8/a.png",
])("public: %s", (text) => {
  expect(checkSource(text)).toEqual({ url: new URL(text.trim()).href });
});

test.each([
  ["", "not a URL"],
  ["a fox", "not a URL"],
  ["data:image/png;base64,AAAA", "image data"],
  ["/home/me/fox.png", "a file"],
  ["C:\\fox.png", "a file"],
  ["file:///home/me/fox.png", "a file"],
  ["http://example.com/a.png", "http://"],
  ["ftp://example.com/a.png", "ftp://"],
  ["https://me:secret@example.com/a.png", "a password"],
  ["https://localhost/a.png", "not reachable"],
  ["https://127.0.0.1/a.png", "not reachable"],
  ["https://0x7f.1/a.png", "not reachable"],
  ["https://10.1.2.3/a.png", "not reachable"],
  ["https://172.20.0.1/a.png", "not reachable"],
  ["https://192.168.1.9/a.png", "not reachable"],
  ["https://169.254.169.254/latest", "not reachable"],
  ["https://[::1]/a.png", "not reachable"],
  ["https://[fd00::1]/a.png", "not reachable"],
  ["https://printer.local/a.png", "not reachable"],
  ["https://intranet/a.png", "not reachable"],
])("refused: %s", (text, why) => {
  expect(checkSource(text)).toEqual({ problem: expect.stringContaining(why) });
});
