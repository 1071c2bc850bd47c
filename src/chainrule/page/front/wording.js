// How the steps put things: classes in sentences, sentences behind each other, where a line may break.

import { el, state } from "./dom.js";

/** A class as a sentence has it: setosa; of digits in English a 5 and an 8. */
export const called = (name) => (state.language !== "en" || !/^\d+$/.test(name) ? name : /^(8|11|18|8\d+)$/.test(name) ? `an\u00a0${name}` : `a\u00a0${name}`);

/** Sentences behind each other, with a space between them where the language has one. */
export const sentences = (...all) => all.filter(Boolean).reduce((said, next) => said + (said.replaceAll("*", "").endsWith("。") ? "" : " ") + next, "").trimStart();

const STUCK = /^[\p{P}的了着过地得里上下中个号些]/u; // what a line of Chinese does not begin with, if it can be helped

/** A text as nodes, in which a line of Chinese breaks between words only; other languages have spaces for that. */
export function broken(text) {
  if (!/\p{Script=Han}/u.test(text) || !Intl.Segmenter) return [text];
  const words = [];
  for (const { segment } of new Intl.Segmenter(document.documentElement.lang, { granularity: "word" }).segment(text)) {
    if (words.length && STUCK.test(segment)) words[words.length - 1] += segment;
    else words.push(segment);
  }
  return words.flatMap((word, at) => (at ? [el("wbr"), word] : [word]));
}

/** A sentence with what stands between two stars in bold. */
export const bold = (text) => text.split("**").flatMap((part, at) => (at % 2 ? el("b", {}, ...broken(part)) : broken(part)));
