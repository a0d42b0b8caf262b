import { expect, test } from "vitest";
import { cases, reasons } from "../../../tests/messages/source_urls.json";
import { problemOfSource } from "../../src/panel/source-url.ts";

const named = cases as { about: string; url: string; refused: keyof typeof reasons | null }[];

test.each(named)("as in Python: $about", ({ url, refused }) => {
  const problem = problemOfSource(url);
  if (refused === null) expect(problem).toBeNull();
  else expect(problem).toContain(reasons[refused]);
});

test("the sentence names the host that is out of reach, and says what to do", () => {
  expect(problemOfSource("https://Printer.local/a.png")).toBe(
    "This points at printer.local, which the service cannot reach. " +
      "The service takes public https URLs only: upload the image and paste its URL.",
  );
});
