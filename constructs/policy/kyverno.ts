import type { ApiObjectProps } from 'cdk8s';
import { keys } from '../manifest.ts';
import { type Signer, signerText } from '../signers.ts';
import type { ImageVerification, SignedRepository } from './image-verification.ts';

/** Options of `kyverno()`. */
export interface KyvernoOptions {
  /**
   * `kubernetes.io/dockerconfigjson` Secrets in Kyverno's own namespace, with which it reads signatures.
   * @default none, for registries that anybody reads
   */
  readonly pullSecrets?: readonly string[];
}

/**
 * Kyverno 1.17 or newer: one ImageValidatingPolicy (`policies.kyverno.io/v1`) for every signed image of the cluster.
 *
 * It is asked about pods alone, which every workload ends in, and refuses them while Kyverno is down. A signature is looked
 * for where the image is, so a mirror has to have it: a pull-through cache does, a copy is made with `cosign copy`. A tag in a
 * container is replaced by the digest that was verified; the tag of an image volume is verified and stays.
 */
export function kyverno(options: KyvernoOptions = {}): ImageVerification {
  return {
    name: 'kyverno',
    objects: (repositories) =>
      repositories.length === 0
        ? []
        : [
            {
              props: policy(repositories, options),
              reasons: () => ({
                purpose: 'verifies the signature of every image that has a signer',
                parts: repositories.flatMap(({ repository, signers }) =>
                  signers.map((signer) => ({
                    what: `images of ${repository}`,
                    because: `signed by ${signerText(signer)}`,
                  })),
                ),
              }),
            },
          ],
  };
}

/** Where a pod names images, as Kyverno 1.19 collects them (`pkg/cel/compiler/images.go`), and ours for volumes, which it does not know. */
const places = ['containers', 'initContainers', 'ephemeralContainers', 'volumes'];

function policy(repositories: readonly SignedRepository[], { pullSecrets }: KyvernoOptions): ApiObjectProps {
  const distinct = [
    ...new Map(repositories.flatMap(({ signers }) => signers.map((each) => [JSON.stringify(each), each]))),
  ];
  const names = new Map(distinct.map(([id], index) => [id, `signer${index + 1}`]));
  const images = places.map((place) => `images.${place}`).join(' + ');
  return {
    apiVersion: 'policies.kyverno.io/v1',
    kind: 'ImageValidatingPolicy',
    metadata: {
      name: 'chitin-signed-images',
      labels: { [keys.managedBy]: 'chitin' },
      annotations: {
        'kubernetes.io/description': `Images of these repositories are signed by whom the policy names: ${repositories.map(({ repository }) => repository).join(', ')}.`,
      },
    },
    spec: {
      failurePolicy: 'Fail',
      validationActions: ['Deny'],
      // A first look at Sigstore's trust root and at a slow registry takes longer than the default of ten seconds.
      webhookConfiguration: { timeoutSeconds: 30 },
      // Debug containers come with pods: Kyverno adds the subresource itself.
      matchConstraints: {
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['pods'] },
        ],
        namespaceSelector: { matchLabels: { [keys.managed]: 'true' } },
      },
      // A pod that was there before can be freed of its finalizers, and is not given another image, which would restart it.
      // What Kyverno has for the old object of a creation may be an empty one.
      matchConditions: [
        {
          name: 'pod-spec-is-new',
          expression: 'oldObject == null || !has(oldObject.spec) || object.spec != oldObject.spec',
        },
      ],
      // Whatever makes pods is asked about with each of them.
      autogen: { podControllers: { controllers: [] } },
      ...(pullSecrets && pullSecrets.length > 0 ? { credentials: { secrets: pullSecrets } } : {}),
      matchImageReferences: repositories.flatMap(({ repository }) => [
        { glob: `${repository}:*` },
        { glob: `${repository}@*` },
      ]),
      images: [
        {
          name: 'volumes',
          expression: 'object.spec.?volumes.orValue([]).filter(v, has(v.image)).map(v, v.image.reference)',
        },
      ],
      // Digests are not demanded, since an image may have a tag alone; the finding image-digest tells which.
      validationConfigurations: { mutateDigest: true, verifyDigest: false, required: true },
      attestors: distinct.map(([id, signer]) => ({ name: names.get(id), cosign: cosign(signer) })),
      validations: repositories.map(({ repository, signers }) => {
        const attestors = signers.map((signer) => `attestors.${names.get(JSON.stringify(signer))}`).join(', ');
        const own = `i.startsWith(${JSON.stringify(`${repository}:`)}) || i.startsWith(${JSON.stringify(`${repository}@`)})`;
        return {
          expression: `(${images}).filter(i, ${own}).all(i, verifyImageSignatures(i, [${attestors}]) > 0)`,
          message: `an image of ${repository} has no signature of ${signers.map(signerText).join(', or of ')}.`,
        };
      }),
    },
  };
}

function cosign(signer: Signer): object {
  if ('key' in signer) {
    const key = { data: signer.key };
    return signer.transparencyLog === false
      ? { key, ctlog: { insecureIgnoreTlog: true, insecureIgnoreSCT: true } }
      : { key };
  }
  return { keyless: { identities: [signer.keyless] } };
}
