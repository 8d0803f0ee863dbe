import { expect, test } from 'vitest';
import { isKind } from './kinds.ts';

const object = (apiVersion: string, kind: string) => ({ apiVersion, kind, metadata: { name: 'x' } });

test.each([
  ['StatefulSet', 'apps/v1', 'StatefulSet'],
  ['statefulsets', 'apps/v1', 'StatefulSet'],
  ['sts', 'apps/v1', 'StatefulSet'],
  ['sts.apps', 'apps/v1', 'StatefulSet'],
  ['statefulsets.v1.apps', 'apps/v1', 'StatefulSet'],
  ['networkpolicies', 'networking.k8s.io/v1', 'NetworkPolicy'],
  ['ingresses', 'networking.k8s.io/v1', 'Ingress'],
  ['gateways.gateway.networking.k8s.io', 'gateway.networking.k8s.io/v1', 'Gateway'],
  ['svc', 'v1', 'Service'],
])('%s is %s %s', (word, apiVersion, kind) => {
  expect(isKind(word, object(apiVersion, kind))).toBe(true);
});

test.each([
  ['statefulset.batch', 'apps/v1', 'StatefulSet'],
  ['statefulset.v2.apps', 'apps/v1', 'StatefulSet'],
  ['service.apps', 'v1', 'Service'],
  ['services', 'v1', 'ServiceAccount'],
  ['networkpolicy', 'cilium.io/v2', 'CiliumNetworkPolicy'],
  ['', 'v1', 'Service'],
])('%s is not %s %s', (word, apiVersion, kind) => {
  expect(isKind(word, object(apiVersion, kind))).toBe(false);
});
