import { z } from 'zod';
import { configSchema } from './config.ts';

interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly default?: unknown;
}

/** JSON Schema (draft 2020-12) of the configuration as people write it: keys with a default are optional. */
export function configJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(configSchema, { io: 'input', target: 'draft-2020-12', reused: 'inline' }) as Record<
    string,
    unknown
  >;
}

/** The same as one TypeScript interface, for whoever writes a configuration in code. */
export function configTypeScript(name: string): string {
  const schema = configJsonSchema() as JsonSchema;
  return `${comment('The configuration of the agent runtime.', undefined, '')}export interface ${name} ${members(schema, '')}\n`;
}

function members({ properties = {}, required = [] }: JsonSchema, indent: string): string {
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(([key, schema]) => {
    const written = /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
    const optional = !required.includes(key);
    const type = typeOf(schema, inner) + (optional ? ' | undefined' : '');
    return `${comment(schema.description, schema.default, inner)}${inner}readonly ${written}${optional ? '?' : ''}: ${type};\n`;
  });
  return `{\n${lines.join('')}${indent}}`;
}

function typeOf(schema: JsonSchema, indent: string): string {
  const { anyOf, oneOf, items, additionalProperties } = schema;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const either = anyOf ?? oneOf;
  if (either !== undefined) return either.map((part) => typeOf(part, indent)).join(' | ');
  switch (schema.type) {
    case 'object':
      if (schema.properties !== undefined) return members(schema, indent);
      return typeof additionalProperties === 'object'
        ? `Readonly<Record<string, ${typeOf(additionalProperties, indent)}>>`
        : 'Readonly<Record<string, unknown>>';
    case 'array':
      return `readonly (${typeOf(items ?? {}, indent)})[]`;
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
    case 'boolean':
      return schema.type;
    default:
      throw new Error(`the configuration has a type that cannot be written in TypeScript: ${JSON.stringify(schema)}`);
  }
}

function comment(description: string | undefined, initial: unknown, indent: string): string {
  const plain =
    initial === undefined || typeof initial === 'object' ? undefined : `@default ${JSON.stringify(initial)}`;
  const words = [description, plain].filter((part) => part !== undefined).join(' ');
  return words === '' ? '' : `${indent}/** ${words.replaceAll('*/', '*\\/')} */\n`;
}
