import { expect, test } from 'vitest';
import { Cluster } from './cluster.ts';
import { clusterImage, hasImageVolumes, type ImageRules, type Minor } from './facts.ts';
import { image, imageReference } from './images.ts';
import { plain } from './testing/cluster.ts';

const factsWith = (images: ImageRules, kubernetes: Minor = '1.36') =>
  Cluster.of(new Cluster('test', { ...plain, images, kubernetes, apps: () => {} }));

const ran = (reference: string, rules: ImageRules) => imageReference(clusterImage(factsWith(rules), image(reference)));

const [one, two] = [`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`] as const;

test('an image is as it is written where the cluster has no rules', () => {
  expect(ran('ghcr.io/a/b:1', {})).toBe('ghcr.io/a/b:1');
});

test('the longest mirror wins, in whichever order they are listed', () => {
  const mirrors = { 'ghcr.io': 'mirror.test/ghcr', 'ghcr.io/a/b': 'own.test/b', 'ghcr.io/a': 'mirror.test/a' };
  for (const list of [mirrors, Object.fromEntries(Object.entries(mirrors).toReversed())]) {
    expect(ran('ghcr.io/a/b:1', { mirrors: list })).toBe('own.test/b:1');
    expect(ran('ghcr.io/a/c:1', { mirrors: list })).toBe('mirror.test/a/c:1');
    expect(ran('ghcr.io/d/b:1', { mirrors: list })).toBe('mirror.test/ghcr/d/b:1');
    expect(ran('quay.io/a/b:1', { mirrors: list })).toBe('quay.io/a/b:1');
  }
});

test('a mirror replaces whole path segments', () => {
  const mirrors = { 'ghcr.io/a': 'mirror.test/a' };
  expect(ran('ghcr.io/ab/c:1', { mirrors })).toBe('ghcr.io/ab/c:1');
  expect(ran('ghcr.io/a:1', { mirrors })).toBe('mirror.test/a:1');
  expect(ran('ghcr.io.example/a/b:1', { mirrors: { 'ghcr.io': 'mirror.test' } })).toBe('ghcr.io.example/a/b:1');
});

test('a pin is looked up by the name before mirroring, and a written digest goes over it', () => {
  const rules = { mirrors: { 'ghcr.io': 'mirror.test' }, pins: { 'ghcr.io/a/b:1': one } };
  expect(ran('ghcr.io/a/b:1', rules)).toBe(`mirror.test/a/b:1@${one}`);
  expect(ran('ghcr.io/a/b:2', rules)).toBe('mirror.test/a/b:2');
  expect(ran(`ghcr.io/a/b:1@${two}`, rules)).toBe(`mirror.test/a/b:1@${two}`);
});

test.each([
  ['1.33', false],
  ['1.34', false],
  ['1.35', true],
  ['1.36', true],
] as const)('Kubernetes %s mounts images: %s', (kubernetes, expected) => {
  expect(hasImageVolumes(factsWith({}, kubernetes))).toBe(expected);
  // What the cluster says goes over its version.
  expect(hasImageVolumes(factsWith({ volumes: !expected }, kubernetes))).toBe(!expected);
});
