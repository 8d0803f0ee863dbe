import { EVENT_ID, type Event, getScalarValue, parseEvents, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';

/** A scalar, and the range of the text that it takes, quotes included; an empty plain one has no range. */
export interface YamlScalar {
  readonly kind: 'scalar';
  readonly value: string;
  readonly style: 'plain' | 'quoted' | 'block';
  readonly start: number;
  readonly end: number;
}

export interface YamlMapping {
  readonly kind: 'mapping';
  /** In the order of the text, which a JavaScript object would not keep for keys such as `8080`. */
  readonly entries: readonly YamlEntry[];
  readonly flow: boolean;
}

interface YamlEntry {
  readonly key: YamlScalar;
  readonly value: YamlNode;
}

interface YamlSequence {
  readonly kind: 'sequence';
  readonly items: readonly YamlNode[];
}

export type YamlNode = YamlScalar | YamlMapping | YamlSequence;

/**
 * The tree of a text that is one YAML document, with the place of each scalar.
 *
 * @param aliases `refused`, or `kept`: anchors and tags are passed over then, and an alias is a scalar `*name`
 * @throws Error for text that is not YAML, and for anchors, aliases, tags, keys that are no scalars or are there twice, and
 *   a second document. No message quotes the text.
 */
export function parseTree(text: string, aliases: 'refused' | 'kept' = 'refused'): YamlNode {
  let events: Event[];
  try {
    events = parseEvents(text, {});
  } catch {
    // The parser's message holds a piece of the text.
    throw new Error('not YAML');
  }
  if (events.filter(({ type }) => type === EVENT_ID.DOCUMENT).length !== 1) throw new Error('not one YAML document');
  let at = 1;
  const next = (): Event => {
    const event = events[at++];
    if (event === undefined) throw new Error('not one YAML document');
    return event;
  };
  const node = (): YamlNode => {
    const event = next();
    if (event.type === EVENT_ID.ALIAS) {
      if (aliases === 'refused') throw new Error('it has a YAML alias');
      const { anchorStart: start, anchorEnd: end } = event;
      return { kind: 'scalar', value: `*${text.slice(start, end)}`, style: 'plain', start: start - 1, end };
    }
    if (event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.POP) throw new Error('it is empty');
    if (event.anchorStart >= 0 && aliases === 'refused') throw new Error('it has a YAML anchor');
    if (event.tagStart >= 0 && aliases === 'refused') throw new Error('it has a YAML tag');
    if (event.type === EVENT_ID.SCALAR) return scalar(text, event);
    if (event.type === EVENT_ID.SEQUENCE) {
      const items: YamlNode[] = [];
      while (events[at]?.type !== EVENT_ID.POP) items.push(node());
      next();
      return { kind: 'sequence', items };
    }
    const entries: YamlEntry[] = [];
    while (events[at]?.type !== EVENT_ID.POP) {
      const key = node();
      if (key.kind !== 'scalar') throw new Error('a key is not a scalar');
      entries.push({ key, value: node() });
    }
    next();
    if (new Set(entries.map(({ key }) => key.value)).size < entries.length) throw new Error('a key is there twice');
    return { kind: 'mapping', entries, flow: event.style === 2 };
  };
  return node();
}

/** The value of a key; undefined when the node is not a mapping or has no such key. */
export function childOf(node: YamlNode | undefined, key: string): YamlNode | undefined {
  return node?.kind === 'mapping' ? node.entries.find((entry) => entry.key.value === key)?.value : undefined;
}

/** The text of a scalar below a key; undefined when it is not one. */
export function stringOf(node: YamlNode | undefined, key: string): string | undefined {
  const value = childOf(node, key);
  return value?.kind === 'scalar' ? value.value : undefined;
}

function scalar(text: string, event: ScalarEvent): YamlScalar {
  const { style, valueStart, valueEnd } = event;
  const quoted = style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED;
  return {
    kind: 'scalar',
    value: getScalarValue(text, event),
    style: quoted ? 'quoted' : style === SCALAR_STYLE.PLAIN ? 'plain' : 'block',
    start: quoted ? valueStart - 1 : valueStart,
    end: quoted ? valueEnd + 1 : valueEnd,
  };
}
