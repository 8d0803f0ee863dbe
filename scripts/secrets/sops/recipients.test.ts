import { beforeAll, expect, test } from 'vitest';
import { bytesOf, engineWith, errorOf, keyPair, place, texts } from './testing/engine.ts';

const [cluster, person, next] = await Promise.all([keyPair(), keyPair(), keyPair()]);
const engine = engineWith(cluster);
const { path } = place;
const values = { a: 'one', empty: '', 'c.bin': 'x\0y' };
let text: string;

beforeAll(async () => {
  text = await engine.create(place, bytesOf(values), [cluster.recipient, person.recipient]);
});

const update = (recipients: readonly string[], of = text) => engine.updateRecipients({ path, text: of }, recipients);

/** Lines of the first text, all in order, with others between them. */
function isWithin(before: string, after: string): boolean {
  const rest = after.split('\n');
  return before.split('\n').every((line) => {
    const at = rest.indexOf(line);
    return at >= 0 && rest.splice(0, at + 1).length > 0;
  });
}

test('the same recipients, in any order, change nothing', async () => {
  const same = { text, added: [], removed: [] };
  expect(await update([cluster.recipient, person.recipient])).toEqual(same);
  expect(await update([person.recipient, cluster.recipient, person.recipient])).toEqual(same);
});

test('a new recipient adds its lines, and no other line changes', async () => {
  const after = await update([cluster.recipient, person.recipient, next.recipient]);
  expect(after).toMatchObject({ added: [next.recipient], removed: [] });
  expect(after.warning).toBeUndefined();
  expect(isWithin(text, after.text)).toBe(true);
  for (const pair of [cluster, person, next])
    expect(texts(await engineWith(pair).open({ path, text: after.text }))).toEqual(values);
});

test('without a recipient, everything has a new data key, and who goes opens it no more', async () => {
  const after = await update([cluster.recipient, next.recipient]);
  expect(after.added).toEqual([next.recipient]);
  expect(after.removed).toEqual([person.recipient]);
  expect(after.warning).toEqual({
    message: `${path}: ${person.recipient} can no longer open it`,
    why: 'The values that the file had so far stay readable to whoever holds the private key: they are in the history of the repository.',
    help: 'Replace these values where they come from, and set the new ones.',
  });
  for (const pair of [cluster, next])
    expect(texts(await engineWith(pair).open({ path, text: after.text }))).toEqual(values);
  expect(await errorOf(engineWith(person).open({ path, text: after.text }))).toMatchObject({ kind: 'identity' });
  // The old data key, which who goes may have kept, opens nothing.
  const section = after.text.slice(0, after.text.indexOf('sops:')) + text.slice(text.indexOf('sops:'));
  expect(await errorOf(engineWith(person).open({ path, text: section }))).toMatchObject({ kind: 'damaged' });
});

test('the keys of the section may stand in any order', async () => {
  const [head = '', section = ''] = text.split('    age:\n');
  const at = section.indexOf('    encrypted_regex');
  const ageLast = `${head}${section.slice(at)}    age:\n${section.slice(0, at)}`;
  const after = await update([cluster.recipient], ageLast);
  expect(texts(await engine.open({ path, text: after.text }))).toEqual(values);
  expect(after.text.trimEnd().endsWith(`recipient: ${cluster.recipient}`)).toBe(true);
});

test('encrypted comments would be lost with the data key, and nothing is', async () => {
  const commented = text.replace('    a: ', '    #ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:comment]\n    a: ');
  const error = await errorOf(update([cluster.recipient], commented));
  expect(error.message).toContain('it has encrypted comments, which would be lost with the old data key');
});
