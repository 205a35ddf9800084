// The dev containers CLI's own readers, taken out of its bundle: jsonc-parser's `parse`, and what dockerfileUtils.ts exports.
// Arguments: the bundle. Standard input: one JSON object a line, {json: TEXT} or {dockerfile: TEXT, args, platform, target}.
// Standard output: one JSON object a line, in the same order.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const bundle = readFileSync(process.argv[2], "utf8");

function evaluated(source, exported) {
  return new Function(`${source};return {${exported}}`)();
}

function nameOf(source, marks, without = []) {
  const functions = source.split(/(?=function \w+\()/);
  const found = functions.filter((text) => marks.every((mark) => text.includes(mark)) && !without.some((mark) => text.includes(mark)));
  if (found.length !== 1) throw new Error(`${found.length} functions of the bundle have ${marks}`);
  return /function (\w+)/.exec(found[0])[1];
}

function jsonReader() {
  const start = bundle.search(/function \w+\(\w+,\w+=!1\)\{let \w+=\w+\.length,\w+=0,\w+="",\w+=0,\w+=16/);
  const end = bundle.indexOf("function ", bundle.indexOf("allowEmptyContent", start));
  // Two packages of the bundle are loaded in between, and not used here.
  const source = bundle.slice(start, end).replace(/=\w+\(\w+\(\)\)/g, "=0");
  const parse = /function (\w+)\(\w+,\w+=\[\],\w+=\w+\.DEFAULT\)\{let \w+=null,/.exec(source)[1];
  return evaluated(source, `parse:${parse}`).parse;
}

function dockerfileReader() {
  const regexes = bundle.indexOf("new RegExp(/^(?<line>");
  const start = bundle.lastIndexOf("var ", regexes);
  const rest = bundle.slice(start);
  const end = rest.indexOf("function ", rest.indexOf(".preamble.version;"));
  const source = rest.slice(0, end).replace(/var \w+=\w+\(\w+\(\)\),/, "var ");
  const extract = nameOf(source, ["stagesByLabel:"]);
  const base = nameOf(source, ["new Set", "stagesByLabel["], ["USER", "ENV"]);
  const ensure = nameOf(source, ["contains no FROM instructions"]);
  return evaluated(source, `extract:${extract},base:${base},ensure:${ensure}`);
}

const parse = jsonReader();
const { extract, base, ensure } = dockerfileReader();

function read(request) {
  if ("json" in request) {
    const errors = [];
    const value = parse(request.json, errors, { allowTrailingComma: true });
    return { value, isThere: value !== undefined, error: errors.length ? errors[0].offset : null };
  }
  const read = extract(request.dockerfile);
  let last;
  try {
    last = ensure(request.dockerfile, "\0added");
  } catch {
    last = null;
  }
  return {
    stages: read.stages.map((stage) => [stage.from.image, stage.from.label ?? null]),
    base: base(read, request.args, request.target ?? undefined, request.platform) ?? "",
    last: last && (last.lastStageName === "\0added" ? "" : last.lastStageName),
    changed: last?.modifiedDockerfile?.split("\n").findIndex((line) => line.includes("\0added")) + 1 || null,
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(read(JSON.parse(line)))}\n`);
}
