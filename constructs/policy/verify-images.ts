import { ApiObject, type Chart } from 'cdk8s';
import { clusterImage, factsOf } from '../facts.ts';
import { image } from '../images.ts';
import { find, report } from '../problem.ts';
import { recordReasons } from '../reason.ts';
import { knownSigners, type Signer, signerProblems, usedSigners } from '../signers.ts';
import type { AdmissionPolicy } from './admission-policy.ts';
import type { ImageVerification } from './image-verification.ts';
import { knownImages } from './known-images.ts';

/**
 * Makes the objects that verify the images of a cluster's apps, and tells of each image that nobody signs. Called when the
 * objects of the apps are there: what they use is all that is allowed.
 *
 * @param owned the chart of what the cluster owns
 * @returns the policy that refuses every other image
 */
export function verifyImages(owned: Chart, apps: readonly Chart[], verification: ImageVerification): AdmissionPolicy {
  // Rendering the pods is what tells who signs their images, so it comes first.
  const used = apps.flatMap((app) =>
    app.node
      .findAll()
      .filter((child): child is ApiObject => ApiObject.isApiObject(child))
      .flatMap((object) => [...new Set(imagesOf(object))].map((reference) => ({ object, reference }))),
  );
  const signers = signersOf(owned);
  const repositories = new Set(used.map(({ reference }) => image(reference).repository));
  for (const { object, reference } of used) {
    if (signers.has(image(reference).repository)) continue;
    find(object, {
      rule: 'image-unsigned',
      message: `image ${reference} has no signer that the cluster knows`,
      why: `${verification.name} lets it run as it is: whoever can push to its repository decides what that is.`,
      help: "Give its repository a signer in the cluster's `images.signers`, or accept it with the reason.",
    });
  }
  const sorted = [...repositories].sort();
  const signed = sorted.filter((repository) => signers.has(repository));
  const objects = verification.objects(
    signed.map((repository) => ({ repository, signers: signers.get(repository) ?? [] })),
  );
  for (const { props, reasons } of objects) {
    recordReasons(new ApiObject(owned, `${props.kind}-${props.metadata?.name}`, props), reasons);
  }
  return knownImages(
    signed,
    sorted.filter((repository) => !signers.has(repository)),
  );
}

/** Who signs each repository, by the name that pods have for it. What an image says counts before the cluster, and that before the library. */
function signersOf(owned: Chart): ReadonlyMap<string, readonly Signer[]> {
  const facts = factsOf(owned);
  const signers = new Map<string, readonly Signer[]>();
  for (const [repository, signer] of Object.entries({ ...knownSigners, ...facts.images.signers })) {
    signers.set(clusterImage(facts, { repository }).repository, [signer]);
  }
  for (const [repository, own] of usedSigners(facts)) signers.set(repository, own);
  for (const [repository, all] of signers) {
    for (const signer of all) report(owned.node.root, ...signerProblems(repository, signer));
  }
  return signers;
}

/** Images of an object's pods: of containers of each sort and of volumes. */
function imagesOf(object: ApiObject): string[] {
  const spec = podSpecIn(object);
  const list = (field: string) => items(fields(spec)[field]);
  const references = [
    ...['initContainers', 'containers', 'ephemeralContainers']
      .flatMap(list)
      .map((container) => fields(container).image),
    ...list('volumes').map((volume) => fields(fields(volume).image).reference),
  ];
  return references.filter((reference) => typeof reference === 'string');
}

function podSpecIn(object: ApiObject): unknown {
  if (!/^(Pod|Deployment|StatefulSet|DaemonSet|ReplicaSet|Job|CronJob)$/.test(object.kind)) return undefined;
  let spec: unknown;
  try {
    ({ spec } = object.toJson());
  } catch {
    // Why it cannot be rendered is told by whoever renders it.
    return undefined;
  }
  if (object.kind === 'Pod') return spec;
  const workload = object.kind === 'CronJob' ? fields(fields(spec).jobTemplate).spec : spec;
  return fields(fields(workload).template).spec;
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
