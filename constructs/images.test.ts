import { expect, test } from 'vitest';
import { image, imageReference, images } from './images.ts';

const digest = `sha256:${'0'.repeat(64)}` as const;

test.each([
  ['nginx', { repository: 'nginx' }],
  ['nginx:1.27', { repository: 'nginx', tag: '1.27' }],
  [`nginx@${digest}`, { repository: 'nginx', digest }],
  [
    `ghcr.io/zeroclaw-labs/zeroclaw:v0.8.7@${digest}`,
    { repository: 'ghcr.io/zeroclaw-labs/zeroclaw', tag: 'v0.8.7', digest },
  ],
  ['registry.example.test:5000/program', { repository: 'registry.example.test:5000/program' }],
  ['registry.example.test:5000/program:1', { repository: 'registry.example.test:5000/program', tag: '1' }],
  [`registry.example.test:5000/a/b@${digest}`, { repository: 'registry.example.test:5000/a/b', digest }],
  ['localhost:5000/a:b', { repository: 'localhost:5000/a', tag: 'b' }],
])('%s', (reference, parts) => {
  expect(image(reference)).toStrictEqual(parts);
  expect(imageReference(image(reference))).toBe(reference);
});

test.each(['', 'program:', 'program@', 'program:1@sha256', 'Program:1 ', 'a@b@c'])(
  'what is wrong with "%s" is still there for whoever checks references',
  (reference) => {
    expect(imageReference(image(reference))).toBe(reference);
  },
);

test('images that the library knows have a version', () => {
  for (const { repository, tag } of Object.values(images)) {
    expect(repository).toMatch(/^[a-z0-9.-]+\.[a-z]+\/[a-z0-9/_-]+$/);
    expect(tag).toMatch(/\d+\.\d+\.\d+/);
  }
});
