import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { Agent } from '../agent/agent.ts';
import { AgentApp } from '../agent/app.ts';
import type { Runtime } from '../agent/plan.ts';
import type { AgentProps } from '../agent/props.ts';
import type { ChannelKind } from '../channels/channel.ts';
import { Cluster, type ClusterProps } from '../cluster.ts';
import { flux } from '../gitops/flux.ts';
import { image } from '../images.ts';
import { openAiCompatible } from '../models/providers.ts';
import { route } from '../models/route.ts';
import { cilium } from '../network/cilium.ts';
import { type Problem, reportedBelow } from '../problem.ts';
import { custom } from '../runtimes/custom.ts';
import { sops } from '../secrets/sops.ts';

/** The public half of a key whose private half does not exist. */
export const recipient = 'age1nharyjf38cr7mvhj3c7d66krckxlgs8p3kcwgglpt545ql6mlu0shap3f4';

/** A cluster with nothing unusual, but for the policies, which are not what most tests are about. Its folder does not exist, so it has no ciphertext and no skills. */
export const plain: ClusterProps = {
  kubernetes: '1.36',
  domain: 'example.test',
  gitops: flux({ repository: { url: 'https://git.example.test/repository.git' }, decryptWith: 'sops-age' }),
  secrets: sops({ recipients: [recipient] }),
  network: cilium(),
  policies: [],
  directory: '/clusters/test',
};

/** A program that asks for nothing. */
export const program = {
  image: image('registry.example.test/program:1.0.0'),
  user: { uid: 1000, gid: 1000 },
} as const;

/** A model in the cluster that needs no key. */
export const model = route('local/small', {
  providers: [
    openAiCompatible('local', {
      key: false,
      service: { name: 'llm', namespace: 'llm', port: 8080, labels: { app: 'llm' } },
    }),
  ],
});

/** Agent `agent` of app `app` in namespace `demo` of a plain cluster, with changes to either. */
export function oneAgent<C extends ChannelKind = never>(
  props: Partial<AgentProps<C, 'restricted'>> = {},
  changes: Partial<ClusterProps> = {},
): { readonly cluster: Cluster; readonly app: AgentApp; readonly agent: Agent<C> } {
  const cluster = new Cluster('test', { ...plain, ...changes, apps: () => {} });
  const app = new AgentApp(cluster, 'app', { namespace: 'demo' });
  // Without a runtime there are no channels: `C` is never.
  const agent = new Agent<C>(app, 'agent', { runtime: custom(program) as Runtime as Runtime<C>, model, ...props });
  return { cluster, app, agent };
}

/** Runs every derivation of a tree, as each way of rendering does. */
export function derive(root: Construct): void {
  for (const construct of root.node.findAll()) construct.node.validate();
}

/** Derives a tree and renders every object in it: `Kind name` to the object, in tree order. */
export function rendered(root: Construct): Readonly<Record<string, ReturnType<ApiObject['toJson']>>> {
  derive(root);
  const objects = root.node.findAll().filter((construct): construct is ApiObject => ApiObject.isApiObject(construct));
  return Object.fromEntries(objects.map((object) => [`${object.kind} ${object.name}`, object.toJson()]));
}

/** Derives a tree and says what is wrong with it. */
export function problemsOf(root: Construct): Problem[] {
  derive(root);
  return reportedBelow(root).problems.map(({ item }) => item);
}
