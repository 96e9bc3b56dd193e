// Fills in the texts that Python sends, by the rules of dashboard/i18n/texts.py.

/**
 * A text with its {names} filled in; {n:image/images} is the first of its words where n is 1, else the second.
 * @type {(words: string, value: (name: string) => any) => string}
 */
export function filled(words, value) {
  return words.replace(/\{(\w+)(?::([^/{}]*)\/([^{}]*))?\}/g, (_, name, one, many) =>
    many === undefined ? value(name) : `${value(name)}` === "1" ? one : many,
  );
}

/**
 * Sentences one after another. A space keeps them apart, but for Chinese ones, whose full-width mark holds one.
 * @type {(said: string[]) => string}
 */
export function prose(said) {
  return said
    .filter(Boolean)
    .join(" ")
    .replaceAll(/([。！？；：]) /g, "$1");
}
