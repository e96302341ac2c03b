import type { Links } from "./links.ts";
import type { Comment, CommentPart } from "./reflection.ts";

/** What a call costs, as doc comments say it: `O(log N + M)`. */
const COST = /O\((?:[^()]|\([^()]*\))*\)/;
/** The sentence that says what an option is when it is left out. */
const DEFAULT = /(?:^|(?<=\s))Default:? (.*?)\.(?=\s+["A-Z(`]|\s*$)/s;
/** A full stop that does not stand behind an initial. */
const SENTENCE_END = /(?<!\b[A-Z])\.(?=\s|$)/;
/** The papers behind an idea, at the end of the sentence that names it. */
const SOURCES = / \([^()]*\)$/;

/** A comment as Markdown, its links pointing into the page; a paragraph a line. */
export function text(parts: readonly CommentPart[], links: Links): string {
  const whole = parts.map((part) => partText(part, links)).join("");
  const pieces = whole.split(/(^```.*?^```$)/ms);
  return pieces.map((piece) => (piece.startsWith("```") ? piece : prose(piece))).join("");
}

/** The comment's own text, without what its tags say. */
export function summary(comment: Comment | undefined, links: Links): string {
  return comment === undefined ? "" : text(comment.summary, links);
}

/** The first sentence of a comment. */
export function firstSentence(comment: Comment | undefined, links: Links): string {
  const [paragraph = ""] = summary(comment, links).split("\n\n");
  const end = SENTENCE_END.exec(paragraph)?.index;
  const sentence = end === undefined ? paragraph : paragraph.slice(0, end);
  return sentence.replace(/:$/, "").replace(SOURCES, "");
}

/** What a call costs, where its comment says so; else "". */
export function cost(comment: Comment | undefined, links: Links): string {
  return COST.exec(summary(comment, links))?.[0] ?? "";
}

/** What a comment says under a tag, once for each time the tag is there. */
export function tagged(comment: Comment | undefined, tag: string, links: Links): string[] {
  return (comment?.blockTags ?? [])
    .filter((block) => block.tag === tag)
    .map(({ content }) => text(content, links));
}

/** An option's meaning, and what it is when it is left out. */
export function withDefault(meaning: string): { meaning: string; otherwise: string } {
  const found = DEFAULT.exec(meaning);
  if (found === null) return { meaning, otherwise: "" };
  const rest = meaning.slice(0, found.index) + meaning.slice(found.index + found[0].length);
  return { meaning: rest.trim().replaceAll(/ {2,}/g, " "), otherwise: found[1] ?? "" };
}

function partText({ kind, text, target }: CommentPart, links: Links): string {
  if (kind !== "inline-tag") return text;
  const anchor = typeof target === "number" ? links.anchorOf(target) : undefined;
  return anchor === undefined ? `\`${text}\`` : `[\`${text}\`](#${anchor})`;
}

/** Joins the lines of each paragraph, but for those of lists and tables. */
function prose(piece: string): string {
  return piece.replaceAll(/(?<=\S)\n *(?=[^\s|-])/g, " ");
}
