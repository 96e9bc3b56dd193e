// What the engine cannot do: never a sentence, always a key of the texts and its values, since who shows it has the words.

/** An error with a key and values; a value may be a refusal of its own, whose words then stand within. */
export class Refusal extends Error {
  constructor(key, values = {}) {
    super(`${key} ${JSON.stringify(values)}`);
    this.key = key;
    this.values = values;
  }
}

/** Throw a refusal. */
export function refuse(key, values) {
  throw new Refusal(key, values);
}

/** A value as it is written in a file, so that a name stands in quotes. */
export function written(value) {
  return String(JSON.stringify(value));
}
