import { type ApiObject, Chart, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import type { Grant } from '../access/grant.ts';
import type { ReasonedGrant } from '../access/rbac.ts';
import type { ChannelKind } from '../channels/channel.ts';
import { deriveLater } from '../derive.ts';
import { factsOf } from '../facts.ts';
import { manifest, objectLabels } from '../manifest.ts';
import type { Flow, FlowPort, Peer } from '../network/flow.ts';
import { callerSource, originOf } from '../origin.ts';
import { patchReasons, recordPatches } from '../patches.ts';
import type { PodSecurityLevel } from '../pod-security.ts';
import { accept, find, type Problem, report } from '../problem.ts';
import { type AgentObjects, makeObjects, prepareObjects } from './objects.ts';
import type { AgentProps } from './props.ts';
import { statefulSetReasons, statefulSetSpec } from './stateful-set.ts';
import { type Exposed, wire } from './wire.ts';

/** Largest name of a StatefulSet: its pods carry it with a revision hash in a label of 63 characters. */
const longestName = 52;

/** A long-running agent: StatefulSet, Services, ServiceAccount, disruption budget, configuration, state, secrets, access and fence. */
export class Agent<C extends ChannelKind = ChannelKind, L extends PodSecurityLevel = 'restricted'> extends Construct {
  readonly name: string;
  /** The workload, for JSON patches. */
  readonly statefulSet: ApiObject;

  private readonly props: AgentProps<C, L>;
  private readonly level: PodSecurityLevel;
  private readonly grants: ReasonedGrant[] = [];
  private readonly reaches: Flow[] = [];
  private exposed: Exposed | undefined;
  private made: AgentObjects | undefined;

  /**
   * @param scope an `AgentApp`, or any construct below a chart with a namespace
   * @param name a DNS label of at most 52 characters; objects are named after it
   */
  constructor(scope: Construct & { readonly podSecurity?: L }, name: string, props: AgentProps<C, L>) {
    if (!/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name) || name.length > longestName) {
      throw new Error(
        `agent name "${name}" is not a DNS label of at most ${longestName} characters. Use lowercase letters, digits and hyphens, starting with a letter.`,
      );
    }
    super(scope, name);
    report(this, ...unknownOptions(props));
    this.name = name;
    this.props = props;
    this.level = levelOf(scope);
    this.statefulSet = manifest<IStatefulSet>(
      this,
      'StatefulSet',
      {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: { name, namespace: Chart.of(this).namespace, labels: objectLabels(this.app, name) },
        spec: Lazy.any({ produce: () => statefulSetSpec(this.objects()) }),
      },
      () => {
        const { parts, ...reasons } = statefulSetReasons(this.objects(), originOf(this.node.root).source);
        return { ...reasons, parts: [...parts, ...patchReasons(this.statefulSet)] };
      },
    );
    recordPatches(this.statefulSet);
    deriveLater(this, () => {
      makeObjects(this, this.objects());
    });
  }

  /**
   * Makes the agent reachable through the cluster's gateway.
   *
   * @param name host name below the cluster's domain, or a whole one with `{ host }`
   */
  expose(name: string | { readonly host: string }): void {
    this.assertOpen('expose');
    const host = typeof name === 'string' ? `${name}.${factsOf(this).domain}` : name.host;
    this.exposed = { host, source: callerSource() };
  }

  /** Gives the agent's ServiceAccount API verbs. Without a grant the pod has no token and no way to the API server. */
  grant(grant: Grant, options: { readonly because: string }): void {
    this.assertOpen('grant');
    if (options.because.trim() === '') {
      report(this, { message: `grant ${grant.name}: \`because\` is empty`, help: 'Say what the agent needs it for.' });
    }
    if (this.grants.some((known) => known.grant.name === grant.name)) {
      report(this, { message: `grant ${grant.name} is given twice`, help: 'Remove one.' });
      return;
    }
    this.grants.push({ grant, because: options.because, source: callerSource() });
  }

  /** Lets the agent connect to a peer. */
  reach(peer: Peer, options: { readonly ports: readonly (number | FlowPort)[]; readonly because: string }): void {
    this.assertOpen('reach');
    const ports = options.ports.map((port) => (typeof port === 'number' ? { port } : port));
    const { because } = options;
    this.reaches.push({ direction: 'out', peer, ports, because, causes: [{ because, source: callerSource() }] });
  }

  /** Silences a finding's rule for this agent, with the reason for reviewers. */
  accept(rule: string, options: { readonly because: string }): void {
    accept(this, rule, options);
  }

  private get app(): string {
    return Chart.of(this).node.id;
  }

  private assertOpen(method: string): void {
    if (this.made)
      throw new Error(`${this.node.path}: ${method}() after the objects were derived; call it where the agent is made`);
  }

  private objects(): AgentObjects {
    if (this.made) return this.made;
    const { namespace } = Chart.of(this);
    if (namespace === undefined) {
      report(this, { message: 'the chart around the agent has no namespace', help: 'Give the chart a namespace.' });
    }
    const wired = wire({
      name: this.name,
      app: this.app,
      namespace: namespace ?? '',
      podSecurity: this.level,
      cluster: factsOf(this),
      props: this.props as AgentProps<ChannelKind, PodSecurityLevel>,
      exposed: this.exposed,
      grants: this.grants,
      reaches: this.reaches,
    });
    report(this, ...wired.problems);
    find(this, ...wired.findings);
    this.made = prepareObjects(this, wired);
    return this.made;
  }
}

/** The level of the app around an agent, however deep it is; of a foreign chart nothing is known, so the strictest. */
function levelOf(scope: Construct): PodSecurityLevel {
  const app = scope.node.scopes.findLast((each) => 'podSecurity' in each);
  return (app as { podSecurity?: PodSecurityLevel } | undefined)?.podSecurity ?? 'restricted';
}

const options: Readonly<Record<keyof AgentProps<ChannelKind, PodSecurityLevel>, true>> = {
  runtime: true,
  model: true,
  channels: true,
  tools: true,
  skills: true,
  seed: true,
  credentials: true,
  storage: true,
  reclaim: true,
  volumeClaimTemplates: true,
  env: true,
  volumes: true,
  containers: true,
  resources: true,
  nodeSelector: true,
  tolerations: true,
  affinity: true,
  topologySpreadConstraints: true,
  runtimeClassName: true,
  priorityClassName: true,
};

/** A misspelt option would be no option: rendering checks no types, and a volume would shrink to its default. */
function unknownOptions(props: object): Problem[] {
  return Object.keys(props)
    .filter((name) => !(name in options))
    .map((name) => ({
      message: `an agent has no option "${name}"`,
      help: `It has: ${Object.keys(options).join(', ')}.`,
    }));
}
