import { expect, test } from "vitest";
import { readRequest } from "../../src/panel/restore.ts";

test.each([
  ['qn.generate("a fox", seed=7)', { prompt: "a fox", seed: 7 }],
  [
    "picture = studio.submit(\n    'say \"HI\"',\n    image_size='16:9',\n)",
    { prompt: 'say "HI"', image_size: "16:9" },
  ],
  [
    "qn.generate('it\\'s here', nsfw_checker=True, image_url=None)",
    { prompt: "it's here", nsfw_checker: true, image_url: null },
  ],
  ['qn.generate(prompt="two\\nlines", seed=0)', { prompt: "two\nlines", seed: 0 }],
  ['qn.generate("closing ) and = inside, too", seed=3)', { prompt: "closing ) and = inside, too", seed: 3 }],
  ['{"prompt": "a fox", "seed": 7}', { prompt: "a fox", seed: 7 }],
])("%s", (text, request) => {
  expect(readRequest(text)).toEqual(request);
});

test.each([
  "a fox in the snow",
  "qn.generate(prompt, seed=7)",
  "qn.generate(f'{a} fox')",
  "how to generate(text)",
  '{"seed": 7}',
  '{"prompt": 7}',
  "[1, 2]",
  "null",
  "",
])("just text: %s", (text) => {
  expect(readRequest(text)).toBeNull();
});
