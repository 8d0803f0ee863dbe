import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { imageReference, images } from './images.ts';

test('the pattern in renovate.json finds every image, with and without digest', () => {
  const { customManagers } = JSON.parse(readFileSync(new URL('../renovate.json', import.meta.url), 'utf8'));
  const pattern = new RegExp(customManagers[0].matchStrings[0], 'g');
  const source = readFileSync(new URL('images.ts', import.meta.url), 'utf8');
  const found = [...source.matchAll(pattern)].map(({ groups }) => groups ?? {});
  const references = found.map(({ name, depName, currentValue }) => [name, `${depName}:${currentValue}`]);
  expect(Object.fromEntries(references)).toEqual(
    Object.fromEntries(Object.entries(images).map(([name, image]) => [name, imageReference(image).split('@')[0]])),
  );

  const digest = `sha256:${'a'.repeat(64)}`;
  const pinned = source.replace(":v0.8.7'", `:v0.8.7@${digest}'`);
  expect([...pinned.matchAll(pattern)][0]?.groups?.currentDigest).toBe(digest);
});
