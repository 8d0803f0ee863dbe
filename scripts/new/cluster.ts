import type { Place } from './place.ts';

/** `clusters/<name>/cluster.ts` of a cluster of which nothing is known yet: it needs no key and no GitOps engine. */
export function clusterText(name: string, { library }: Place): string {
  return `import { Cluster, existing, kubernetesNetworkPolicies, none } from '${library}';

export default new Cluster('${name}', {
  // The server's version in the output of \`kubectl version\`.
  kubernetes: '1.36',
  // agent.expose('name') makes name.<domain>, once \`gateway\` says which Gateway carries it.
  domain: '${name}.example.com',
  // kubectl apply, by you. With Flux: flux({ repository: { url: 'https://…' } }).
  gitops: none(),
  // Made by hand; synth names each. Encrypted in Git: sops({ recipients: ['age1…'] }) or sealedSecrets({ certificate }).
  secrets: existing(),
  // Most network plugins enforce these, which know addresses alone. With Cilium, which knows host names: cilium().
  network: kubernetesNetworkPolicies(),
  apps: () => undefined,
});
`;
}

/**
 * The text of a cluster's file with one app more.
 *
 * @param app name of the app's class
 * @param path of the app's file, from the cluster's
 * @returns undefined where `apps` has another form than a new cluster's
 */
export function withApp(text: string, app: string, path: string): string | undefined {
  const made = text
    .replace(/^( *)apps: \(\) => undefined,$/m, '$1apps: (cluster) => {\n$1},')
    .replace(/^( *)apps: \((\w+)\) => \{\n/m, (line, indent, cluster) => `${line}${indent}  new ${app}(${cluster});\n`);
  if (made === text) return undefined;
  const line = `import { ${app} } from '${path}';\n`;
  // Imports are sorted, and the library is `../../constructs` or a package.
  const library = made.search(/^import [^;]* from '\.\.\/\.\.\/constructs\//m);
  const end = library >= 0 ? library : (/^(?:import [^;]*;\n)*/.exec(made)?.[0].length ?? 0);
  return made.slice(0, end) + line + made.slice(end);
}
