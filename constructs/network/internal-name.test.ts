import { expect, test } from 'vitest';
import { isInternalName } from './internal-name.ts';

const cluster = { serviceDomain: 'cluster.example', domain: 'apps.example.com' };

test.each([
  'proxy',
  'localhost',
  'printer.local',
  '*.local',
  'metadata.google.internal',
  'nas.lan',
  '*.home.arpa',
  'llm.models.svc',
  'llm.models.svc.cluster.example',
  '*.cluster.example',
  'cluster.example',
  'router.home',
  'wiki.corp',
  'wiki.intranet',
  'db.private',
  'host.localdomain',
])('%s is internal', (name) => {
  expect(isInternalName(name, cluster)).toBe(true);
});

test.each([
  'api.example.com',
  '*.com',
  'internal.example.com',
  'svc.example.com',
  'notlan.example',
  'x.mylan',
  'arpa.example',
  '1.0.0.10.in-addr.arpa',
  'claw.apps.example.com',
  'llm.models.svc.cluster.example.com',
  'mycluster.example',
])('%s is public', (name) => {
  expect(isInternalName(name, cluster)).toBe(false);
});

test("names below the cluster's own domain are internal when the domain is", () => {
  const at = (name: string, domain: string) => isInternalName(name, { ...cluster, domain });
  expect(at('claw.apps', 'apps')).toBe(true);
  expect(at('claw.apps.lan', 'apps.lan')).toBe(true);
  expect(at('claw.apps', 'apps.example.com')).toBe(false);
  expect(at('claw.myapps', 'apps')).toBe(false);
});
