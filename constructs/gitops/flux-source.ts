import type { IGitRepository } from '@kubernetes-models/flux-cd/source.toolkit.fluxcd.io/v1/GitRepository';
import type { IOCIRepository } from '@kubernetes-models/flux-cd/source.toolkit.fluxcd.io/v1/OCIRepository';
import type { Digest } from '../images.ts';
import type { Loose } from '../manifest.ts';
import type { Reason, Reasons } from '../reason.ts';
import { checkGitUrl } from './git-url.ts';

/** A Git repository that holds `dist`. */
export interface GitSource {
  /** `https://…` or `ssh://…`. */
  readonly url: string;
  /** @default 'main' */
  readonly branch?: string;
  /** Secret in `namespace` with the credentials. @default none, for a public repository */
  readonly secret?: string;
}

/**
 * An OCI artifact that holds `dist/<cluster>`, and nothing else of the repository:
 * `flux push artifact oci://registry.example.org/manifests/lab:main --path dist/lab --source <URL> --revision <branch>@sha1:<commit>`.
 */
export type OciSource = {
  /** `oci://<registry>/<repository>`, without a tag. */
  readonly url: string;
  /** Secret of type `kubernetes.io/dockerconfigjson` in `namespace`. @default none, for a public registry */
  readonly secret?: string;
  /**
   * Signatures that an artifact has to carry before anything of it is applied. @default none: whoever may push to the
   * registry decides what runs
   */
  readonly verify?: CosignKeys | CosignIdentities;
} & (
  | { readonly tag: string; readonly semver?: never; readonly digest?: never }
  | { readonly semver: string; readonly tag?: never; readonly digest?: never }
  | { readonly digest: Digest; readonly tag?: never; readonly semver?: never }
);

/** Signed with one of our own keys. */
interface CosignKeys {
  readonly provider: 'cosign';
  /** Secret in `namespace` whose keys ending in `.pub` hold the public keys. */
  readonly secret: string;
  readonly identities?: never;
}

/** Signed without a key, by somebody whom an OIDC issuer vouched for. */
interface CosignIdentities {
  readonly provider: 'cosign';
  /** One of them must have signed. Both parts as they stand, not patterns. */
  readonly identities: readonly [SigningIdentity, ...SigningIdentity[]];
  readonly secret?: never;
}

/** Who signed, as the certificate says it. */
export interface SigningIdentity {
  /** `https://token.actions.githubusercontent.com`. */
  readonly issuer: string;
  /** `https://github.com/acme/lab/.github/workflows/push.yaml@refs/heads/main`. */
  readonly subject: string;
}

/** Where Flux reads `dist`: one of the two. */
export type FluxSource =
  | { readonly repository: GitSource; readonly oci?: never }
  | { readonly oci: OciSource; readonly repository?: never };

/** How `dist` is fetched. */
interface Fetched {
  readonly kind: 'GitRepository' | 'OCIRepository';
  readonly spec: object;
  readonly reasons: () => Reasons;
  /** Path of a folder of `dist/<cluster>` in what is fetched. */
  path(cluster: string, folder: string): string;
}

/** @throws when there is not exactly one source, and when a URL is none or shows credentials */
export function checkSource({ repository, oci }: Partial<FluxSource>): void {
  if (repository && oci)
    throw new Error('flux(): both `repository` and `oci` are given, and Flux reads `dist` from one');
  if (repository) checkGitUrl('flux()', repository.url, 'the Secret `repository.secret`');
  else if (oci) checkOci(oci);
  else throw new Error('flux(): neither `repository` nor `oci` is given, so Flux has nowhere to read `dist` from');
}

function checkOci({ url: text, tag, semver, digest }: OciSource): void {
  const url = URL.parse(text);
  if (url && (url.username !== '' || url.password !== '')) {
    throw new Error(
      'flux(): `oci.url` holds credentials, and dist would show them. Put them into the Secret `oci.secret`.',
    );
  }
  if (!url || !/^oci:\/\/[a-z0-9.-]+(:[0-9]+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+$/.test(text)) {
    throw new Error(
      'flux(): `oci.url` is not oci://<registry>/<repository>; a tag or digest goes into `oci.tag` or `oci.digest`',
    );
  }
  if ([tag, semver, digest].filter((each) => each !== undefined).length !== 1) {
    throw new Error('flux(): `oci` needs one of `tag`, `semver` and `digest`');
  }
  if (digest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(digest)) {
    throw new Error('flux(): `oci.digest` is not sha256: and 64 hexadecimal digits');
  }
}

/** The source of a cluster's `dist`, as `source.toolkit.fluxcd.io/v1` has it. */
export function fetched(source: FluxSource, interval: string): Fetched {
  return source.oci ? fromRegistry(source.oci, interval) : fromGit(source.repository, interval);
}

function fromGit({ url, branch, secret }: GitSource, interval: string): Fetched {
  const spec: Loose<IGitRepository>['spec'] = {
    interval,
    url,
    ref: { branch: branch ?? 'main' },
    secretRef: secret === undefined ? undefined : { name: secret },
  };
  return {
    kind: 'GitRepository',
    spec: spec ?? {},
    reasons: () => ({ purpose: 'the repository that Flux reads', parts: secretPart(secret, 'repository.secret') }),
    path: (cluster, folder) => `./dist/${cluster}/${folder}`,
  };
}

function fromRegistry({ url, tag, semver, digest, secret, verify }: OciSource, interval: string): Fetched {
  const identities = verify?.identities?.map(({ issuer, subject }) => ({
    issuer: exactly(issuer),
    subject: exactly(subject),
  }));
  const spec: Loose<IOCIRepository>['spec'] = {
    interval,
    url,
    ref: { tag, semver, digest },
    secretRef: secret === undefined ? undefined : { name: secret },
    verify: verify && {
      provider: verify.provider,
      secretRef: verify.secret === undefined ? undefined : { name: verify.secret },
      matchOIDCIdentity: identities,
    },
  };
  const signers = verify?.identities?.map(({ issuer, subject }) => `${subject}, by ${issuer}`) ?? [];
  return {
    kind: 'OCIRepository',
    spec: spec ?? {},
    reasons: () => ({
      purpose: 'the artifact that Flux reads',
      parts: [
        ...secretPart(secret, 'oci.secret'),
        ...secretPart(verify?.secret, 'oci.verify.secret'),
        ...signers.map((signer) => ({
          what: `signed by ${signer}`,
          because: 'option oci.verify.identities of flux()',
        })),
      ],
    }),
    path: (_, folder) => `./${folder}`,
  };
}

/** A pattern (RE2) that matches one text alone: Flux looks for a pattern anywhere in the certificate's text. */
function exactly(text: string): string {
  return `^${text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`;
}

function secretPart(secret: string | undefined, option: string): Reason[] {
  return secret === undefined ? [] : [{ what: `Secret ${secret}`, because: `option ${option} of flux()` }];
}
