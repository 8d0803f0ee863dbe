import type { YamlOutputType } from 'cdk8s';

/** One line of the table. */
export interface Row {
  readonly name: string;
  /** Agents of a repository that is made for it; undefined for this repository. */
  readonly agents?: number;
  /** The output folder at the start of each run: not there, or what the run before left in it. */
  readonly output: 'none' | 'current';
  /** Whether one agent's model is another one in each run. */
  readonly oneChanged: boolean;
  /** How stock cdk8s divides its output. */
  readonly rival: keyof typeof YamlOutputType;
  /** Fewer runs than asked for, where stock takes long. */
  readonly mostRuns?: number;
}

const ourLayout = 'FOLDER_PER_CHART_FILE_PER_RESOURCE';

/** Programs read the results by these names. */
export const rows: readonly Row[] = [
  { name: 'reference clusters', output: 'none', oneChanged: false, rival: ourLayout },
  { name: 'reference clusters, no change', output: 'current', oneChanged: false, rival: ourLayout },
  ...[250, 500, 1000].map((agents) => ({
    name: `${agents} agents, one changed`,
    agents,
    output: 'current' as const,
    oneChanged: true,
    rival: ourLayout as typeof ourLayout,
    mostRuns: agents === 1000 ? 3 : 5,
  })),
  {
    name: '1000 agents, one changed (rival: one file per chart)',
    agents: 1000,
    output: 'current',
    oneChanged: true,
    rival: 'FILE_PER_CHART',
    mostRuns: 3,
  },
  {
    name: '1000 agents, no change',
    agents: 1000,
    output: 'current',
    oneChanged: false,
    rival: ourLayout,
    mostRuns: 3,
  },
  {
    name: '1000 agents, empty folder',
    agents: 1000,
    output: 'none',
    oneChanged: false,
    rival: ourLayout,
    mostRuns: 3,
  },
];
