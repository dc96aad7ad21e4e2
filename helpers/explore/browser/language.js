// The sentences of the page in its language.

const TRANSLATIONS = {}; // page.py writes those of the page's language here

// Translates a sentence, then puts the values into its braces.
export function say(text, values = {}) {
  return (TRANSLATIONS[text] ?? text).replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
