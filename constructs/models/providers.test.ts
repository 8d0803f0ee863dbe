import { expect, test } from 'vitest';
import { openAiCompatible } from './providers.ts';

const at = (url: string) => () => openAiCompatible('llm', { url: url as `https://${string}` });

test.each([
  'https://sam:hunter2@llm.example.org/v1',
  'https://hunter2@llm.example.org/v1',
  'http://sam:hunter2@llm.example.org/v1',
  'https://sam:hunter2@not a host/v1',
  'sam:hunter2@llm.example.org',
])('a credential in a URL is refused, and not repeated: %s', (url) => {
  expect(at(url)).toThrow(
    new Error(
      'model provider llm: url holds a user or password. It would be in dist in plain text. Give the URL without them; keys and passwords are secrets.',
    ),
  );
});

test.each(['https://llm.example.org/v1?key=hunter2', 'https://llm.example.org/v1#hunter2', 'https://llm.example.org?'])(
  'a query or fragment is refused, and not repeated: %s',
  (url) => {
    expect(at(url)).toThrow(
      new Error('model provider llm: url has a query or fragment. Paths are appended to it. Give the base URL.'),
    );
  },
);

test.each([
  'llm',
  '',
  'https://',
  'https://a b',
  'https://llm:99999',
  'http://llm.example.org/v1',
  ' https://llm.example.org',
])('what is no https URL is refused: "%s"', (url) => {
  expect(at(url)).toThrow(
    new Error(`model provider llm: url "${url}" is not an https URL. Write it as https://host/path.`),
  );
});

test('an at sign in a path is no credential', () => {
  expect(at('https://llm.example.org/@team/v1')().baseUrl?.('')).toBe('https://llm.example.org/@team/v1');
});

test.each(['', 'LLM', '-llm', 'llm-', 'my_llm', 'my/llm', 'llm.example'])('provider name "%s" is refused', (name) => {
  expect(() => openAiCompatible(name, { url: 'https://llm.example.org/v1' })).toThrow(
    new Error(
      `model provider name "${name}": use lowercase letters and digits, with hyphens between them. The Secret with its key is named after it.`,
    ),
  );
});
