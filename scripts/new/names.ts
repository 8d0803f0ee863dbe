import { UsageError } from '../usage-error.ts';

/** Names that mean something else: folders of `dist/<cluster>`, namespaces that are not ours, classes that an app imports. */
const taken: ReadonlySet<string> = new Set([
  ...['cluster', 'gitops'],
  ...['default', 'kube-system', 'kube-public', 'kube-node-lease', 'flux-system', 'argocd'],
  ...['agent', 'agent-app', 'construct'],
]);

/** Longest names: a cluster's and a skill's are a folder's, an agent's gets suffixes (`Agent`). */
const longest = { cluster: 63, app: 52, skill: 64 } as const;

/** @throws UsageError unless it is a name that a new thing of this kind can have in every place where it stands */
export function checkName(kind: keyof typeof longest, name: string): void {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > longest[kind]) {
    throw new UsageError(
      `${JSON.stringify(name)} is no name of a new ${kind}: write at most ${longest[kind]} lower-case letters, digits and single hyphens, and a letter first`,
    );
  }
  if (kind === 'app' && taken.has(name)) {
    throw new UsageError(
      `an app cannot be called ${name}, which means something else; say what it does, such as ops-helper`,
    );
  }
}

/** `ops-helper` as the name of a class: `OpsHelper`. */
export function className(name: string): string {
  return name.replaceAll(/(?:^|-)([a-z0-9])/g, (_, first: string) => first.toUpperCase());
}
