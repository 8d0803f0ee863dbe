import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Agents that share a namespace. */
const perNamespace = 10;

/** The model of one agent, which differs between runs, as a line of source. */
const modelFile = 'apps/fleet/model.ts';
const models = ['anthropic/claude-sonnet-4-5', 'anthropic/claude-opus-4-5'];

/** What a run touches below its output folder when the model is another one: two files, in a folder that they are renamed in. */
export const changedFiles = [
  'bench/agent-0',
  'bench/agent-0/configmap.agent-0-config.yaml',
  'bench/agent-0/statefulset.agent-0.yaml',
];

/**
 * Makes a repository with one cluster of many agents, each an app of its own, ten to a namespace. An agent is ZeroClaw with
 * a model, a skill and a route: StatefulSet, ServiceAccount, two Services, disruption budget, claim, configuration, skill,
 * two encrypted Secrets, HTTPRoute and CiliumNetworkPolicy. The cluster adds a Kustomization for each app, and Namespace
 * and default deny for each namespace.
 *
 * @param library absolute path of the repository whose constructs are used
 */
export function writeFleet(folder: string, agents: number, library: string): void {
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  write('package.json', '{ "type": "module" }\n');
  write('clusters/bench/cluster.ts', clusterSource(agents, library));
  write(
    'skills/triage/SKILL.md',
    `---\nname: triage\ndescription: Sorts what is broken. Use it when an alert comes in.\n---\n\n${'Look at the pods first, then at their events, then at the volumes.\n'.repeat(20)}`,
  );
  for (let index = 0; index < agents; index++) {
    const namespace = `team-${Math.floor(index / perNamespace)}`;
    for (const [need, key] of [
      ['anthropic', 'api-key'],
      ['gateway', 'token'],
    ] as const) {
      const name = `agent-${index}-${need}`;
      write(`clusters/bench/secrets/${namespace}/${name}.yaml`, ciphertext(namespace, name, key));
    }
  }
  chooseModel(folder, 0);
}

/** Gives the first agent another model in every turn. */
export function chooseModel(folder: string, turn: number): void {
  const file = join(folder, modelFile);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `export const model = '${models[turn % models.length]}';\n`);
}

/** The public half of a key whose private half does not exist. */
export const recipient = 'age1nharyjf38cr7mvhj3c7d66krckxlgs8p3kcwgglpt545ql6mlu0shap3f4';

function clusterSource(agents: number, library: string): string {
  return `import { Agent, AgentApp, Cluster, cilium, flux, route, sops, zeroClaw } from '${pathToFileURL(library).href}/constructs/index.ts';
import { model } from '../../${modelFile}';

export default new Cluster('bench', {
  kubernetes: '1.36',
  domain: 'example.test',
  gitops: flux({ repository: { url: 'https://git.example.test/fleet.git' }, decryptWith: 'sops-age' }),
  secrets: sops({ recipients: ['${recipient}'] }),
  network: cilium(),
  gateway: {
    name: 'internal',
    namespace: 'gateway-system',
    scheme: 'https',
    peers: [{ kind: 'pods', namespace: 'gateway-system', labels: { app: 'internal' } }],
  },
  apps: (cluster) => {
    for (let index = 0; index < ${agents}; index++) {
      const name = \`agent-\${index}\`;
      const app = new AgentApp(cluster, name, { namespace: \`team-\${Math.floor(index / ${perNamespace})}\` });
      const agent = new Agent(app, name, {
        runtime: zeroClaw(),
        model: route(index === 0 ? model : '${models[0]}'),
        skills: ['triage'],
      });
      agent.expose(name);
    }
    cluster.accept('image-digest', { because: 'made up' });
    cluster.accept('zeroclaw-gateway-exposed', { because: 'made up' });
  },
});
`;
}

/** Text in the form of a Secret that sops encrypted with age. Nobody encrypted it and nobody can open it. */
function ciphertext(namespace: string, name: string, key: string): string {
  const sealed = (length: number) => `ENC[AES256_GCM,data:${'A'.repeat(length)},iv:AA==,tag:AA==,type:str]`;
  return `apiVersion: v1
kind: Secret
metadata:
    name: ${name}
    namespace: ${namespace}
stringData:
    ${key}: ${sealed(64)}
sops:
    age:
        - recipient: ${recipient}
          enc: ""
    lastmodified: "2026-01-01T00:00:00Z"
    mac: ${sealed(128)}
    version: 3.13.0
`;
}
