import type { Problem } from './problem.ts';

/**
 * Who signs an image with cosign: a workload that an OIDC issuer knows and Sigstore's certificate authority vouches for
 * (keyless, recorded in the public log), or the holder of a key.
 */
export type Signer = KeylessSigner | KeySigner;

/** What the certificate of a signature has to say. */
export interface KeylessSigner {
  readonly keyless: {
    /** URL of the OIDC issuer. */
    readonly issuer: string;
  } & (
    | {
        /** The whole identity: of a GitHub workflow `https://github.com/<owner>/<repository>/.github/workflows/<file>@<ref>`. */
        readonly subject: string;
      }
    | {
        /** Go regular expression for the whole identity, from `^` to `$`. */
        readonly subjectRegExp: string;
      }
  );
}

export interface KeySigner {
  /** The public key as PEM text. */
  readonly key: string;
  /** Whether each signature is in Sigstore's public log; not with `cosign sign --tlog-upload=false`. @default true */
  readonly transparencyLog?: boolean | undefined;
}

/**
 * Signers of repositories, as apps write them, whose release workflow signs its images. Those of Scrapling (`docker-build.yml`)
 * and OpenClaw (`docker-release.yml`) push what BuildKit makes, whose provenance nobody signed. Others are not known to sign.
 */
export const knownSigners: Readonly<Record<string, Signer>> = {
  // Since 0.8.4 both workflows that push version tags sign by digest; they run for a tag, or by hand on the main branch
  // (zeroclaw-labs/zeroclaw: .github/workflows/{release-stable-manual,docker-publish}.yml, docs/book/src/maintainers/release-verification.md).
  'ghcr.io/zeroclaw-labs/zeroclaw': {
    keyless: {
      issuer: 'https://token.actions.githubusercontent.com',
      subjectRegExp:
        '^https://github\\.com/zeroclaw-labs/zeroclaw/\\.github/workflows/(release-stable-manual|docker-publish)\\.yml@refs/(tags/v[0-9]+\\.[0-9]+\\.[0-9]+|heads/master)$',
    },
  },
};

/** A signer as a reviewer reads it. */
export function signerText(signer: Signer): string {
  if ('key' in signer) return 'the holder of a key';
  const { keyless } = signer;
  return `${'subject' in keyless ? keyless.subject : keyless.subjectRegExp} (${keyless.issuer})`;
}

/** What is wrong with a signer. */
export function signerProblems(repository: string, signer: Signer): Problem[] {
  if ('key' in signer) {
    if (/^-----BEGIN (RSA )?PUBLIC KEY-----\n[A-Za-z0-9+/=\s]+-----END (RSA )?PUBLIC KEY-----\s*$/.test(signer.key))
      return [];
    return [
      {
        message: `signer of ${repository}: \`key\` is not a public key in PEM`,
        why: 'It would be written into a policy, for everybody to read.',
        help: 'Give the text of cosign.pub, from -----BEGIN PUBLIC KEY----- on.',
      },
    ];
  }
  const { keyless } = signer;
  const problems: Problem[] = [];
  if (!keyless.issuer.startsWith('https://')) {
    problems.push({
      message: `signer of ${repository}: issuer "${keyless.issuer}" is not an https:// URL`,
      help: 'For GitHub Actions it is https://token.actions.githubusercontent.com.',
    });
  }
  if ('subjectRegExp' in keyless && !/^\^.*\$$/s.test(keyless.subjectRegExp)) {
    problems.push({
      message: `signer of ${repository}: subjectRegExp "${keyless.subjectRegExp}" does not go from ^ to $`,
      why: "It would match a part of somebody else's identity, such as a repository whose name goes on.",
      help: 'Begin it with ^ and end it with $, or give the whole `subject`.',
    });
  }
  return problems;
}

const used = new WeakMap<object, Map<string, Signer[]>>();

/** Remembers who signs a repository that pods of a cluster use. */
export function useSigner(cluster: object, repository: string, signer: Signer): void {
  const signers = used.get(cluster) ?? new Map<string, Signer[]>();
  const known = signers.get(repository) ?? [];
  if (!known.some((each) => JSON.stringify(each) === JSON.stringify(signer)))
    signers.set(repository, [...known, signer]);
  used.set(cluster, signers);
}

/** Signers that images of a cluster brought with them, by the repository that the cluster runs. */
export function usedSigners(cluster: object): ReadonlyMap<string, readonly Signer[]> {
  return used.get(cluster) ?? new Map();
}
