// Reads many dev container configurations in one process, each with the reference implementation's own program.
// Arguments: the program. Standard input: a JSON list of its arguments, one list a run.
// Standard output: a JSON list of {code, output, errors}, in the same order.
import { Worker } from "node:worker_threads";

async function run(program, argv) {
  // The environment holds nothing that a configuration could name.
  const worker = new Worker(program, { argv, env: { PATH: process.env.PATH }, stdout: true, stderr: true });
  let output = "";
  let errors = "";
  worker.stdout.on("data", (data) => (output += data));
  worker.stderr.on("data", (data) => (errors += data));
  worker.on("error", (error) => (errors += error));
  const code = await new Promise((resolve) => worker.on("exit", resolve));
  return { code, output, errors };
}

let input = "";
for await (const data of process.stdin) input += data;
const results = [];
for (const argv of JSON.parse(input)) results.push(await run(process.argv[2], argv));
process.stdout.write(JSON.stringify(results));
