import { expect, test } from 'vitest';
import type { KubeObject } from '../../manifest/manifest.ts';
import { examples } from '../../manifest/testing/version-floor-examples.ts';
import type { Rule, RuleContext } from '../rule.ts';
import { offByDefault } from './off-by-default.ts';
import { versionFloorRule } from './version-floor.ts';

function check(rule: Rule, id: string, context: Omit<RuleContext, 'existing'>) {
  const object = examples[id]?.[0]?.object as KubeObject;
  const manifest = { object, file: 'example.yaml', origin: { path: 'example' } };
  return rule.check([manifest], { existing: [], ...context }).map(({ manifest: _, ...told }) => told);
}

test('what the API server would drop is told, with what comes of it', () => {
  expect(check(versionFloorRule, 'image-volume', { kubernetes: '1.34' })).toEqual([
    {
      path: '$.spec.volumes[1].image',
      message: 'an image volume needs Kubernetes 1.35, and the cluster has 1.34',
      why: 'The API server drops it without an error, under strict validation too. The pod starts without the volume and its mounts.',
      help: 'Copy the files into an emptyDir with an init container of that image, or upgrade the cluster.',
    },
  ]);
});

test('what it would refuse, or does not know, is told', () => {
  expect(check(versionFloorRule, 'traffic-distribution', { kubernetes: '1.33' })).toEqual([
    {
      path: '$.spec.trafficDistribution',
      message: 'a preference for endpoints of the same zone or node needs Kubernetes 1.34, and the cluster has 1.33',
      why: 'The API server refuses the object.',
      help: 'Remove it, or upgrade the cluster.',
    },
  ]);
  expect(check(versionFloorRule, 'device-kinds', { kubernetes: '1.33' })).toEqual([
    {
      path: '$.kind',
      message: 'an object of resource.k8s.io/v1 needs Kubernetes 1.34, and the cluster has 1.33',
      why: 'The API server does not serve the kind.',
      help: 'Remove it, or upgrade the cluster.',
    },
  ]);
});

test('a new enough cluster, and one that nobody names, have nothing to tell', () => {
  expect(check(versionFloorRule, 'image-volume', { kubernetes: '1.35' })).toEqual([]);
  expect(check(versionFloorRule, 'image-volume', {})).toEqual([]);
  expect(check(offByDefault, 'stop-signal', {})).toEqual([]);
});

test('what the cluster has switched on or off goes over its minor', () => {
  const switched = (on: boolean) => ({ switched: { 'image-volume': on } });
  expect(check(versionFloorRule, 'image-volume', { kubernetes: '1.34', ...switched(true) })).toEqual([]);
  expect(check(versionFloorRule, 'image-volume', { kubernetes: '1.36', ...switched(false) })).toMatchObject([
    {
      message: 'an image volume needs the feature ImageVolume, which the cluster has switched off',
      help: 'Copy the files into an emptyDir with an init container of that image, or switch the feature on.',
    },
  ]);
});

test('what is off by default everywhere is a finding, since a cluster may have it on', () => {
  expect(check(versionFloorRule, 'max-unavailable', { kubernetes: '1.36' })).toEqual([]);
  expect(check(offByDefault, 'max-unavailable', { kubernetes: '1.36' })).toEqual([
    {
      path: '$.spec.updateStrategy.rollingUpdate.maxUnavailable',
      message:
        'a rollout of several pods of a StatefulSet at a time needs the feature MaxUnavailableStatefulSet, which is off by default up to Kubernetes 1.36',
      why: 'The API server drops it without an error, under strict validation too. A rollout replaces pods one by one.',
      help: 'Remove it, or accept this where the cluster has the feature on.',
    },
  ]);
  const switched = { 'max-unavailable': true };
  expect(check(offByDefault, 'max-unavailable', { kubernetes: '1.36', switched })).toEqual([]);
});
