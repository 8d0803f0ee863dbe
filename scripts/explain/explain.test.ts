import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reasonsOf } from '../../constructs/reason.ts';
import { checkedCluster } from '../synth/cluster-output.ts';
import { clusterNames } from '../synth/clusters.ts';
import { chitin, repository } from '../testing/repository-copy.ts';

/** `file:line` of the line of a source file that holds a text. */
function at(file: string, text: string): string {
  const index = readFileSync(join(repository, file), 'utf8')
    .split('\n')
    .findIndex((line) => line.includes(text));
  if (index < 0) throw new Error(`${file} does not hold ${text}`);
  return `${file}:${index + 1}`;
}

const app = 'apps/claw/claw.ts';
const agent = at(app, 'new Agent(');
const cluster = at('clusters/lab/cluster.ts', 'new Cluster(');
const unsigned = at('clusters/lab/cluster.ts', "accept('image-unsigned'");
const digests = at('clusters/lab/cluster.ts', "accept('image-digest'");

async function explained(...args: readonly string[]): Promise<string[]> {
  const { exitCode, stdout, stderr } = await chitin(repository, 'explain', ...args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout.split('\n');
}

test('a network policy: who wanted each connection', async () => {
  expect(await explained('dist/lab/claw/ciliumnetworkpolicy.claw.yaml')).toEqual([
    'dist/lab/claw/ciliumnetworkpolicy.claw.yaml  CiliumNetworkPolicy zeroclaw/claw',
    `  from ${agent}  lab/claw/claw/Fence`,
    '  fence of agent claw',
    `  out cluster DNS:53                  names of the flows: *                     ${agent}`,
    `  out api.anthropic.com:443           model provider anthropic                  ${agent}`,
    `  out api.openai.com:443              model provider openai                     ${agent}`,
    `  out matrix.this-is-fine.social:443  channel matrix                            ${agent}`,
    `  out *.tif.internal:443              services of the other sites               ${at(app, 'agent.reach(')}`,
    `  out the internet:443,80             tool scrapling fetches web pages          ${agent}`,
    `  out the API server:6443             grant read-cluster                        ${at(app, 'agent.grant(')}`,
    `  in the gateway:42617                exposed as claw.this-is-fine.internal     ${at(app, 'agent.expose(')}`,
    `  accepted reaches-internet           it reads documentation and release notes  ${at(app, "accept('reaches-internet'")}`,
    '    pods of zeroclaw/claw may connect to every public address',
  ]);
});

test('a role: who said so, and each of its rules', async () => {
  const [file, from, purpose, grant, ...rules] = await explained(
    'clusterrole/zeroclaw-claw-read-cluster',
    '--cluster',
    'lab',
  );
  expect([file, from, purpose, grant]).toEqual([
    'dist/lab/claw/clusterrole.zeroclaw-claw-read-cluster.yaml  ClusterRole zeroclaw-claw-read-cluster',
    `  from ${at(app, 'agent.grant(')}  lab/claw/claw/ClusterRole-read-cluster`,
    '  what the grant lets agent claw do',
    `  grant read-cluster  explains failing pods, volumes and Flux objects  ${at(app, 'agent.grant(')}`,
  ]);
  expect(rules.slice(0, 2)).toEqual([
    '    get,list,watch namespaces, pods, events, services, resourcequotas, limitranges',
    '    get,list,watch pods/log',
  ]);
  expect(rules.at(-1)).toBe('    get,list,watch helmreleases (helm.toolkit.fluxcd.io)');
});

test('a secret: its keys, what they hold, what reads them and which part needs them', async () => {
  expect(await explained('secret/claw-matrix', '--cluster', 'lab')).toEqual([
    'dist/lab/claw/secret.claw-matrix.yaml  Secret zeroclaw/claw-matrix',
    `  from ${agent}  lab/claw/claw/Secret-claw-matrix`,
    '  secret matrix of agent claw, by backend sops',
    `  key password      channel matrix  ${agent}`,
    '    holds: password of @claw:this-is-fine.social',
    '    container agent reads it as ZEROCLAW_channels__matrix__claw__password',
    `  key recovery-key  channel matrix  ${agent}`,
    '    holds: recovery key (E2EE) of @claw:this-is-fine.social',
    '    container agent reads it as ZEROCLAW_channels__matrix__claw__recovery_key',
  ]);
});

test('a StatefulSet: containers, volumes, keys and what was accepted about them', async () => {
  const lines = await explained('sts/claw', '-n', 'zeroclaw', '--cluster', 'lab');
  expect(lines.slice(0, 3)).toEqual([
    'dist/lab/claw/statefulset.claw.yaml  StatefulSet zeroclaw/claw',
    `  from ${agent}  lab/claw/claw/StatefulSet`,
    '  pod of agent claw',
  ]);
  const words = (line: string) => line.trim().split(/ {2,}/);
  const ofAgent = (...pairs: readonly (readonly [string, string])[]) => pairs.map((pair) => [...pair, agent]);
  expect(
    lines
      .slice(3)
      .filter((line) => !line.startsWith('    '))
      .map(words),
  ).toEqual([
    ...ofAgent(
      ['container seed', 'seed of the workspace'],
      ['container scrapling', 'tool scrapling'],
      ['container toolbox-kubectl', 'tool toolbox'],
      ['container agent', 'runtime zeroclaw'],
      ['volume state', 'state of runtime zeroclaw'],
      ['volume seed-script', 'seed of the workspace'],
      ['volume seed', 'seed of the workspace'],
      ['volume claw-scrapling', 'files of tool scrapling'],
      ['volume tool-toolbox', 'programs of tool toolbox'],
      ['volume agent-tmp', 'runtime zeroclaw writes to /tmp'],
      ['volume agent-zeroclaw-data-zeroclaw-shared', 'runtime zeroclaw writes to /zeroclaw-data/.zeroclaw/shared'],
      ['volume claw-config', 'files of runtime zeroclaw'],
      ['volume skill-flux-debugging', 'skill flux-debugging'],
      ['volume skill-storage-checks', 'skill storage-checks'],
      ['volume skill-renovate-dry-run', 'skill renovate-dry-run'],
      ['volume credential-kubeconfig', 'credential kubeconfig'],
      ['volume credential-registry', 'credential registry'],
    ),
    ['volume api-token', 'grant read-cluster', at(app, 'agent.grant(')],
    ...ofAgent(
      ['secret claw-anthropic/api-key', 'model provider anthropic'],
      ['secret claw-openai/api-key', 'model provider openai'],
      ['secret claw-matrix/password', 'channel matrix'],
      ['secret claw-matrix/recovery-key', 'channel matrix'],
      ['secret claw-gateway/token', 'runtime zeroclaw'],
      ['secret claw-kubeconfig/config', 'credential kubeconfig'],
      ['secret claw-registry/config.json', 'credential registry'],
    ),
    ...[
      'zeroclaw-command-runs-anything',
      'zeroclaw-command-reaches-web',
      'zeroclaw-gateway-exposed',
      'sidecar-shares-network',
    ].map((rule) => [`accepted ${rule}`, expect.any(String), at(app, `accept('${rule}'`)]),
    ...['scrapling', 'toolbox-kubectl', 'seed'].map(() => [
      'accepted image-unsigned',
      'kubectl, Scrapling and the workspace: no signer is known',
      unsigned,
    ]),
    ...['agent', 'scrapling', 'toolbox-kubectl', 'seed'].map(() => [
      'accepted image-digest',
      'Renovate adds digests; these images could not be asked for theirs',
      digests,
    ]),
  ]);
  expect(lines).toContain('    container agent reads it from /var/run/secrets/chitin/kubeconfig/config');
});

test('a namespace and what the GitOps engine reads: of the cluster, and of the apps in it', async () => {
  expect(await explained('ns/zeroclaw', 'ks/chitin-claw', '--cluster', 'lab')).toEqual([
    'dist/lab/cluster/namespace.zeroclaw.yaml  Namespace zeroclaw',
    `  from ${cluster}  lab/cluster/Namespace-zeroclaw`,
    '  namespace at Pod Security level restricted',
    `  app claw  its objects are in namespace zeroclaw  ${at(app, 'super(')}`,
    '',
    'dist/lab/gitops/kustomization.chitin-claw.yaml  Kustomization flux-system/chitin-claw',
    `  from ${cluster}  lab/gitops/Kustomization-chitin-claw`,
    '  applies dist/lab/claw',
    `  after chitin-cluster  namespaces and policies come first      ${cluster}`,
    `  after infrastructure  option after of flux()                  ${cluster}`,
    `  Secret sops-age       option decryptWith of flux()            ${cluster}`,
    `  health of HTTPRoute   Flux would take each for ready at once  ${cluster}`,
  ]);
});

test('for programs', async () => {
  const [file = '', line = ''] = agent.split(':');
  const source = { file, line: Number(line) };
  const lines = await explained('dist/lab/claw/secret.claw-openai.yaml', '--format', 'json');
  expect(JSON.parse(lines.join('\n'))).toEqual({
    objects: [
      {
        file: 'dist/lab/claw/secret.claw-openai.yaml',
        object: 'Secret zeroclaw/claw-openai',
        path: 'lab/claw/claw/Secret-claw-openai',
        source,
        purpose: 'secret openai of agent claw, by backend sops',
        parts: [
          {
            what: 'key api-key',
            because: 'model provider openai',
            details: [
              'holds: OpenAI API key',
              'container agent reads it as ZEROCLAW_providers__models__openai__fallback_1__api_key',
            ],
            source,
          },
        ],
        findings: [],
      },
    ],
    broken: [],
  });
});

test.each(clusterNames(repository))('every object of cluster %s has a reason', async (name) => {
  const { output, manifests } = await checkedCluster(repository, name);
  expect(output.errors.map(({ text }) => text)).toEqual([]);
  expect(manifests.length).toBeGreaterThan(15);
  expect(manifests.filter(({ construct }) => !reasonsOf(construct)?.purpose).map(({ file }) => file)).toEqual([]);
});
