import type { Signer } from './signers.ts';

/** `sha256:` and 64 hexadecimal digits. */
export type Digest = `sha256:${string}`;

/** A container image, or an OCI artifact with files. */
export interface Image {
  /** Registry host and path, without tag: `ghcr.io/zeroclaw-labs/zeroclaw`. */
  readonly repository: string;
  /** For people and for Renovate; the digest decides when there is one. */
  readonly tag?: string | undefined;
  readonly digest?: Digest | undefined;
  /** Who signs it, for clusters that verify images. @default what the library knows of the repository (`knownSigners`) */
  readonly signer?: Signer | undefined;
}

/**
 * Reads an image reference: `registry/path:tag@sha256:…`, or one of tag and digest.
 * What is wrong with it is found by the rule `image-reference`, so that all problems of a run are shown together.
 */
export function image(reference: string): Image {
  const [, name = reference, digest] = /^(.*?)(?:@(.*))?$/s.exec(reference) ?? [];
  const [, repository = name, tag] = /^(.*?)(?::([^/]*))?$/s.exec(name) ?? [];
  return {
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest: digest as Digest }),
  };
}

/** The reference as a manifest carries it. */
export function imageReference({ repository, tag, digest }: Image): string {
  return repository + (tag === undefined ? '' : `:${tag}`) + (digest === undefined ? '' : `@${digest}`);
}

/**
 * Images of the programs that the library knows. A tag without digest: the digest cannot be known without a registry;
 * Renovate's `pinDigests` adds it, or a cluster pins it with `images.pins`. Until then each use is a finding.
 */
export const images = {
  // renovate: datasource=docker depName=ghcr.io/zeroclaw-labs/zeroclaw
  zeroClaw: image('ghcr.io/zeroclaw-labs/zeroclaw:v0.8.7'),
  // renovate: datasource=docker depName=ghcr.io/zeroclaw-labs/zeroclaw
  zeroClawDebian: image('ghcr.io/zeroclaw-labs/zeroclaw:v0.8.7-debian'),
  // renovate: datasource=docker depName=ghcr.io/openclaw/openclaw
  openClaw: image('ghcr.io/openclaw/openclaw:2026.9.6'),
  // renovate: datasource=docker depName=ghcr.io/openclaw/openclaw
  openClawLegacy: image('ghcr.io/openclaw/openclaw:2026.7.1-2'),
  // renovate: datasource=docker depName=ghcr.io/chitin-dev/chitin-runtime
  chitinRuntime: image('ghcr.io/chitin-dev/chitin-runtime:0.1.0'),
  // renovate: datasource=docker depName=ghcr.io/d4vinci/scrapling
  scrapling: image('ghcr.io/d4vinci/scrapling:0.4.14'),
  // renovate: datasource=docker depName=docker.io/nousresearch/hermes-agent
  hermes: image('docker.io/nousresearch/hermes-agent:v2026.7.20'),
  // renovate: datasource=docker depName=docker.io/nearaidev/ironclaw
  ironClaw: image('docker.io/nearaidev/ironclaw:1.3.0'),
  // renovate: datasource=docker depName=docker.io/sipeed/picoclaw
  picoClaw: image('docker.io/sipeed/picoclaw:v0.2.9'),
  // renovate: datasource=docker depName=docker.io/chromedp/headless-shell
  headlessShell: image('docker.io/chromedp/headless-shell:156.0.8078.12'),
  // renovate: datasource=docker depName=quay.io/containers/kubernetes_mcp_server
  kubernetesMcpServer: image('quay.io/containers/kubernetes_mcp_server:v0.0.67'),
  // renovate: datasource=docker depName=docker.io/alpine/kubectl
  kubectl133: image('docker.io/alpine/kubectl:1.33.4'),
  // renovate: datasource=docker depName=docker.io/alpine/kubectl
  kubectl134: image('docker.io/alpine/kubectl:1.34.2'),
  // renovate: datasource=docker depName=docker.io/alpine/kubectl
  kubectl135: image('docker.io/alpine/kubectl:1.35.4'),
  // renovate: datasource=docker depName=docker.io/alpine/kubectl
  kubectl136: image('docker.io/alpine/kubectl:1.36.3'),
  // renovate: datasource=docker depName=ghcr.io/fluxcd/flux-cli
  fluxCli: image('ghcr.io/fluxcd/flux-cli:v2.9.5'),
  // renovate: datasource=docker depName=docker.io/alpine/helm
  helm: image('docker.io/alpine/helm:4.3.0'),
  // renovate: datasource=docker depName=oci.this-is-fine.io/zeroclaw/workspace
  workspace: image('oci.this-is-fine.io/zeroclaw/workspace:1.4.0'),
} as const;
