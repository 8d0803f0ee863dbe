import { Size } from 'cdk8s';
import type { ContainerPlan } from '../agent/plan.ts';
import type { Minor } from '../facts.ts';
import { type Image, images } from '../images.ts';
import type { Problem } from '../problem.ts';
import type { PlacedAt, Tool, ToolPlan } from './tool.ts';

/** An image that a program is copied out of. */
export interface ProgramImage {
  /** Has the program, `/bin/sh`, `cp`, `mv` and `chmod`, for uid 65534. The program is linked statically, since the agent's image has other libraries. */
  readonly image: Image;
  /** Where the program is in it. @default where its `PATH` finds it */
  readonly path?: `/${string}`;
}

/** Version of a program that the library knows an image of: `true` for the one that it was written with (kubectl: of the cluster's minor), or `1.36.3`. */
export type ProgramVersion = true | `${number}.${number}.${number}`;

/** Options of `toolbox()`. */
export interface ToolboxOptions {
  /**
   * `true` is the version for the cluster's minor, so the same app fits each cluster. Another may be one minor older or newer
   * than the API server (kubernetes.io/releases/version-skew-policy).
   */
  readonly kubectl?: ProgramVersion | ProgramImage;
  readonly flux?: ProgramVersion | ProgramImage;
  readonly helm?: ProgramVersion | ProgramImage;
  /** Any others, by the name that the agent calls them. @default none */
  readonly others?: Readonly<Record<string, ProgramImage>>;
}

/**
 * Repositories of the known programs, and what stands before the version in their tags. All are Alpine with a static binary
 * (alpine-docker/multi-arch-docker-images kubectl/Dockerfile, fluxcd/flux2 Dockerfile, alpine-docker/helm Dockerfile);
 * upstream's own kubectl image has no shell to copy with.
 */
const known = {
  kubectl: { image: ({ kubernetes }: PlacedAt) => kubectlFor[kubernetes], prefix: '' },
  flux: { image: () => images.fluxCli, prefix: 'v' },
  helm: { image: () => images.helm, prefix: '' },
} as const;

const kubectlFor: Readonly<Record<Minor, Image>> = {
  '1.33': images.kubectl133,
  '1.34': images.kubectl134,
  '1.35': images.kubectl135,
  '1.36': images.kubectl136,
};

/** Where the agent finds the programs. */
const folder = '/opt/toolbox';

/** Most that one program may take; kubectl 1.36 has 60 MB, flux 2.9 90 MB. */
const mebibytesPerProgram = 256;

/**
 * Arguments: name, folder, and the path or nothing. A copy that stops halfway is not left under the name. Backquotes and bare
 * variables: Kubernetes and Flux would substitute the forms with brackets.
 */
const copy = [
  'p="$3"',
  '[ -n "$p" ] || p=`command -v "$1"` || { echo "there is no $1 on the PATH of this image" >&2; exit 1; }',
  'cp "$p" "$2/.$1"',
  'chmod 0555 "$2/.$1"',
  'mv "$2/.$1" "$2/$1"',
].join('; ');

/**
 * Programs for the agent's shell, by version, without another agent image and without a download at start: an init container
 * for each copies it out of its image into a folder that comes first in the `PATH` of the agent, read-only there.
 */
export function toolbox(options: ToolboxOptions): Tool<'restricted'> {
  return {
    name: 'toolbox',
    place: 'sidecar',
    podSecurity: 'restricted',
    replaces: [],
    tools: [],
    findings: [],
    plan: (at) => plan(at, options),
  };
}

interface Program extends ProgramImage {
  readonly name: string;
}

function programsOf(at: PlacedAt, { kubectl, flux, helm, others = {} }: ToolboxOptions): Program[] {
  const asked = Object.entries({ kubectl, flux, helm }).flatMap(([name, program]): Program[] => {
    if (program === undefined) return [];
    if (typeof program === 'object') return [{ ...program, name }];
    return [{ name, image: imageOf(at, name as keyof typeof known, program) }];
  });
  return [...asked, ...Object.entries(others).map(([name, program]) => ({ ...program, name }))];
}

function imageOf(at: PlacedAt, name: keyof typeof known, version: ProgramVersion): Image {
  const { prefix } = known[name];
  const image = known[name].image(at);
  // A digest belongs to the version that it was pinned with.
  return version === true ? image : { repository: image.repository, tag: `${prefix}${version}` };
}

function problemsOf(programs: readonly Program[], { kubernetes }: PlacedAt, { kubectl }: ToolboxOptions): Problem[] {
  const names = programs.map(({ name }) => name);
  return [
    ...(programs.length > 0
      ? []
      : [{ message: 'tool toolbox has no programs', help: 'Name one: `toolbox({ kubectl: true })`.' }]),
    ...(typeof kubectl === 'string' ? skew(kubectl, kubernetes) : []),
    ...names
      .filter((name) => !isName(name))
      .map((name) => ({
        message: `tool toolbox: "${name}" is not a name for a program`,
        why: 'Its init container is named after it.',
        help: 'Use at most 50 lowercase letters, digits and hyphens.',
      })),
    ...programs
      .filter((_, index) => repeated(programs, index))
      .map(({ name }) => ({
        message: `tool toolbox: program ${name} is there twice`,
        help: 'Remove it from `others`.',
      })),
  ];
}

function skew(version: string, kubernetes: Minor): Problem[] {
  const [major, minor = Number.NaN] = version.split('.').map(Number);
  if (major === 1 && Math.abs(minor - Number(kubernetes.slice(2))) <= 1) return [];
  return [
    {
      message: `tool toolbox: kubectl ${version} for Kubernetes ${kubernetes}`,
      why: 'kubectl is supported one minor older or newer than the API server, and no further.',
      help: "Use `kubectl: true`, which is the version for each cluster's minor.",
    },
  ];
}

function isName(name: string): boolean {
  return /^[a-z0-9]([-a-z0-9]{0,48}[a-z0-9])?$/.test(name);
}

function repeated(programs: readonly Program[], index: number): boolean {
  return programs.findIndex(({ name }) => name === programs[index]?.name) !== index;
}

function plan(at: PlacedAt, options: ToolboxOptions): ToolPlan {
  const asked = programsOf(at, options);
  const programs = asked.filter(({ name }, index) => isName(name) && !repeated(asked, index));
  return {
    problems: problemsOf(asked, at, options),
    programs: { size: Size.mebibytes(mebibytesPerProgram * programs.length), init: programs.map(copier) },
    files: [],
    endpoint: { kind: 'programs', folder },
    flows: [],
  };
}

function copier({ name, image, path }: Program): ContainerPlan {
  return {
    name: `toolbox-${name}`,
    image,
    command: ['/bin/sh', '-euc', copy, 'sh', name, folder, path ?? ''],
    env: {},
    scratch: [],
    ports: [],
    probes: {},
    user: { uid: 65534, gid: 65534 },
    resources: {
      requests: { cpu: '20m', memory: Size.mebibytes(16) },
      // The page cache of the copy counts until it is written back.
      limits: { memory: Size.mebibytes(128) },
    },
  };
}
