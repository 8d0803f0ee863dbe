import { ApiObject, Size } from 'cdk8s';
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { expect, test } from 'vitest';
import { existingObjects } from '../existing.ts';
import { oneAgent, problemsOf, rendered } from '../testing/cluster.ts';
import { existingClaim, nfs } from './index.ts';

const podOf = (objects: ReturnType<typeof rendered>) =>
  (objects['StatefulSet agent'] as unknown as IStatefulSet).spec?.template.spec;
const labels = {
  'app.kubernetes.io/name': 'app',
  'app.kubernetes.io/instance': 'agent',
  'app.kubernetes.io/managed-by': 'chitin',
};
const annotations = { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' };

test('an NFS folder is a volume and a claim that name each other, and the pod names the claim', () => {
  const media = nfs('media', { server: 'nas.example.test', path: '/export/media', mountPath: '/media' });
  const objects = rendered(oneAgent({ volumes: [media] }).cluster);
  expect(objects['PersistentVolume demo-agent-media']).toEqual({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'demo-agent-media', labels, annotations },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadOnlyMany'],
      storageClassName: '',
      persistentVolumeReclaimPolicy: 'Retain',
      claimRef: { name: 'agent-media', namespace: 'demo' },
      nfs: { server: 'nas.example.test', path: '/export/media', readOnly: true },
    },
  });
  expect(objects['PersistentVolumeClaim agent-media']).toEqual({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'agent-media', namespace: 'demo', labels, annotations },
    spec: {
      accessModes: ['ReadOnlyMany'],
      storageClassName: '',
      volumeName: 'demo-agent-media',
      resources: { requests: { storage: '1Gi' } },
    },
  });
  const pod = podOf(objects);
  expect(pod?.volumes).toContainEqual({ name: 'media', persistentVolumeClaim: { claimName: 'agent-media' } });
  expect(pod?.containers[0]?.volumeMounts).toContainEqual({ name: 'media', mountPath: '/media', readOnly: true });
});

test('an NFS folder that is written to, with options of its mount', () => {
  const out = nfs('out', {
    server: '192.0.2.7',
    path: '/out',
    mountPath: '/out',
    readOnly: false,
    size: Size.gibibytes(50),
    mountOptions: ['nfsvers=4.2'],
  });
  const objects = rendered(oneAgent({ volumes: [out] }).cluster);
  expect(objects['PersistentVolume demo-agent-out']?.spec).toMatchObject({
    capacity: { storage: '50Gi' },
    accessModes: ['ReadWriteMany'],
    mountOptions: ['nfsvers=4.2'],
    nfs: { readOnly: false },
  });
});

test('a server that is none', () => {
  const wrong = nfs('media', { server: 'nfs://nas/export', path: '/export', mountPath: '/media' });
  expect(problemsOf(oneAgent({ volumes: [wrong] }).cluster)).toEqual([
    {
      message: 'volume media: "nfs://nas/export" is not a host name or an address',
      help: 'Give the name or address alone, without path, scheme or port.',
    },
  ]);
});

test('a claim of somebody else is named and not made', () => {
  const claim = existingClaim('cookies', { mountPath: '/cookies', subPath: 'browser' });
  const { cluster } = oneAgent({ volumes: [claim] });
  const objects = rendered(cluster);
  expect(objects['PersistentVolumeClaim cookies']).toBeUndefined();
  expect(existingObjects(cluster)).toContainEqual({
    kind: 'PersistentVolumeClaim',
    namespace: 'demo',
    name: 'cookies',
  });
  const pod = podOf(objects);
  expect(pod?.volumes).toContainEqual({ name: 'cookies', persistentVolumeClaim: { claimName: 'cookies' } });
  expect(pod?.containers[0]?.volumeMounts).toContainEqual({
    name: 'cookies',
    mountPath: '/cookies',
    subPath: 'browser',
    readOnly: true,
  });
});

test('a cluster-wide volume has no namespace, with stock cdk8s either', () => {
  const media = nfs('media', { server: 'nas.example.test', path: '/m', mountPath: '/media' });
  const { cluster } = oneAgent({ volumes: [media] });
  rendered(cluster);
  const volume = cluster.node.findAll().find((each) => ApiObject.isApiObject(each) && each.kind === 'PersistentVolume');
  expect((volume as ApiObject).toJson().metadata).not.toHaveProperty('namespace');
});
