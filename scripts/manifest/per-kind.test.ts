import { expect, test } from 'vitest';
import { perKind } from './per-kind.ts';

test('is asked once for each kind and version', () => {
  const asked: string[] = [];
  const shown = perKind(({ apiVersion, kind, metadata }) => {
    asked.push(metadata.name);
    return `${apiVersion}/${kind}`;
  });
  const objects = [
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' } },
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'b' } },
    { apiVersion: 'serving.knative.dev/v1', kind: 'Service', metadata: { name: 'c' } },
  ];
  expect(objects.map(shown)).toEqual(['v1/Service', 'v1/Service', 'serving.knative.dev/v1/Service']);
  expect(asked).toEqual(['a', 'c']);
});
