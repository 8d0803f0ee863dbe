import { expect, test } from 'vitest';
import { admits, podSecurityLabels, podSecurityLevels } from './pod-security.ts';

test('a namespace admits its own level and stricter ones', () => {
  const admitted = podSecurityLevels.map((namespace) =>
    podSecurityLevels.filter((needed) => admits(namespace, needed)),
  );
  expect(admitted).toEqual([['restricted'], ['restricted', 'baseline'], ['restricted', 'baseline', 'privileged']]);
});

test('every mode has the level, pinned to the minor', () => {
  expect(podSecurityLabels('baseline', '1.35')).toEqual({
    'pod-security.kubernetes.io/enforce': 'baseline',
    'pod-security.kubernetes.io/enforce-version': 'v1.35',
    'pod-security.kubernetes.io/audit': 'baseline',
    'pod-security.kubernetes.io/audit-version': 'v1.35',
    'pod-security.kubernetes.io/warn': 'baseline',
    'pod-security.kubernetes.io/warn-version': 'v1.35',
  });
});
