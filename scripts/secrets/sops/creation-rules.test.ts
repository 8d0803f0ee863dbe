import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { creationRules } from './creation-rules.ts';

const clusters = [
  { name: 'lab', recipients: ['age1lab', 'age1person'] },
  { name: 'edge', recipients: ['age1edge'] },
];

const block = `    # chitin: from clusters/*/cluster.ts; other rules belong below
    - path_regex: (^|/)clusters/edge/secrets/
      encrypted_regex: ^(data|stringData)$
      age: age1edge
    - path_regex: (^|/)clusters/lab/secrets/
      encrypted_regex: ^(data|stringData)$
      age: age1lab,age1person
    # chitin: end
`;

test('a new file has a rule for each cluster, whatever their order', () => {
  expect(creationRules(undefined, clusters)).toBe(`creation_rules:\n${block}`);
  expect(creationRules(undefined, clusters.toReversed())).toBe(`creation_rules:\n${block}`);
  expect(creationRules('', clusters)).toBe(`creation_rules:\n${block}`);
});

test('without clusters there is no file, and an old block goes', () => {
  expect(creationRules(undefined, [])).toBeUndefined();
  expect(creationRules(`creation_rules:\n${block}`, [])).toBe('creation_rules:\n');
  expect(creationRules('stores: {}\n', [])).toBe('stores: {}\n');
});

test("a person's rules stay byte for byte, behind ours", () => {
  const mine = `  # mine
  - path_regex: \\.env$
    pgp: >-
      AAAA,
      BBBB
  - age: age1me # for all others\n`;
  const before = `---\n# my settings\nstores:\n  yaml: { indent: 2 }\ncreation_rules:   # mine too\n${mine}`;
  const after = creationRules(before, clusters) as string;
  expect(after).toBe(before.replace(mine, `${block.replace(/^ {2}/gm, '')}${mine}`));
  const { creation_rules } = load(after) as { creation_rules: { age?: string }[] };
  expect(creation_rules.map(({ age }) => age)).toEqual(['age1edge', 'age1lab,age1person', undefined, 'age1me']);
});

test('what is in step stays as it is, and a change touches its lines alone', () => {
  const text = creationRules('creation_rules:\n- age: age1me\nother: x', clusters) as string;
  expect(text).toContain('\n- path_regex: (^|/)clusters/edge/secrets/\n  encrypted_regex');
  expect(creationRules(text, clusters)).toBe(text);
  const changed = creationRules(text, [
    { name: 'lab', recipients: ['age1lab'] },
    { name: 'edge', recipients: ['age1edge'] },
  ]);
  expect(changed).toBe(text.replace('age1lab,age1person', 'age1lab'));
  expect(creationRules(text, [])).toBe('creation_rules:\n- age: age1me\nother: x');
});

test('a file with rules of publishing alone, or with CRLF', () => {
  expect(creationRules('destination_rules:\n  - path_regex: x', clusters)).toBe(
    `destination_rules:\n  - path_regex: x\ncreation_rules:\n${block}`,
  );
  const windows = creationRules('creation_rules:\r\n    - age: age1me\r\n', clusters) as string;
  expect(windows).toBe(`creation_rules:\n${block}    - age: age1me\n`.replaceAll('\n', '\r\n'));
  expect(creationRules(windows, clusters)).toBe(windows);
});

test('anchors and aliases, which people write keys with', () => {
  const before = 'keys:\n  - &me age1me\ncreation_rules:\n  - path_regex: x\n    key_groups:\n      - age: [*me]\n';
  const after = creationRules(before, clusters) as string;
  expect(after).toBe(before.replace('rules:\n', `rules:\n${block.replace(/^ {2}/gm, '')}`));
  expect(creationRules(after, clusters)).toBe(after);
});

test('a name is taken as it is, and not as a pattern', () => {
  const text = creationRules(undefined, [{ name: 'a.b', recipients: ['age1x'] }]);
  expect(text).toContain('path_regex: (^|/)clusters/a\\.b/secrets/\n');
});

describe('refused', () => {
  const cases: readonly [string, string, string][] = [
    ['text that is not YAML', 'creation_rules: [', 'not YAML'],
    ['a list', '- a\n', 'it is not a mapping'],
    [
      'rules on one line',
      'creation_rules: [{ age: age1me }]\n',
      'its creation_rules is not a list with one rule below the other',
    ],
    [
      'rules that are a text',
      'creation_rules: age1me\n',
      'its creation_rules is not a list with one rule below the other',
    ],
    [
      'a block without its end',
      `creation_rules:\n${block.replace(/.*chitin: end\n/, '')}`,
      'the line "# chitin: end" is missing',
    ],
    ['a rule before ours', `creation_rules:\n    - age: age1me\n${block}`, 'a rule stands before those of chitin'],
  ];
  test.each(cases)('%s', (_, text, what) => {
    expect(() => creationRules(text, clusters)).toThrow(`.sops.yaml: ${what}\n`);
  });
});
