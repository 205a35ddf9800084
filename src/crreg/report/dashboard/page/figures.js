"use strict";
/* The drawings: marks, the map of repositories, the trend, and what expires in which week. A status always has a shape of its
   own besides its color. */

(() => {
  const { el, svg, link, address, counted, plural, moment } = crreg;
  const PITCH = 13;
  const NAMED = 8;
  const RUNS = 120;
  const SHAPES = {
    unhealthy: "h10v10h-10zm2,3.2l1.8,1.8l-1.8,1.8l1.2,1.2l1.8,-1.8l1.8,1.8l1.2,-1.2l-1.8,-1.8l1.8,-1.8l-1.2,-1.2l-1.8,1.8l-1.8,-1.8z",
    unknown: "m5,0l5,5l-5,5l-5,-5zm0,3l-2,2l2,2l2,-2z",
    healthy: "m2,2h6v6h-6z",
    gone: "m1,4h8v2h-8z",
  };
  /* Drawings that depend on the page's width; each is called once it is part of the page, and again when that changes. */
  const fitted = [];

  function mark(status) {
    const shape = svg("path", { d: `M0,0${SHAPES[status]}`, "fill-rule": "evenodd", class: `fill-${status}` });
    return svg("svg", { class: "mark", viewBox: "0 0 10 10", width: 12, height: 12, "aria-hidden": "true" }, shape);
  }

  function marked(status, ...text) {
    return el("span", { class: `marked text-${status}` }, mark(status), " ", ...(text.length ? text : [status]));
  }

  function told(counts) {
    return crreg.STATUSES.slice(0, 3).map((status, position) => `${counts[position].toLocaleString("en")} ${status}`).join(", ");
  }

  function legend() {
    return el("p", { class: "legend" }, crreg.STATUSES.slice(0, 3).map((status) => marked(status)));
  }

  /* One block for each registry, with a square for each repository; those with most failures first. */
  function map(repositories, parameters, level) {
    const groups = new Map();
    for (const each of repositories) {
      for (const registry of each.registries) {
        if (!groups.has(registry)) groups.set(registry, []);
        groups.get(registry).push(each);
      }
    }
    const blocks = [...groups].map(([registry, members]) => ({ registry, members, counts: counted(members, (each) => crreg.statusIn(each, registry)) }));
    blocks.sort((a, b) => b.counts[0] - a.counts[0] || b.counts[1] - a.counts[1] || b.members.length - a.members.length);
    return el("div", { class: "map" }, legend(), el("div", { class: "blocks" }, blocks.map((block) => registryBlock(block, parameters, level))));
  }

  function registryBlock({ registry, members, counts }, parameters, level) {
    const hint = el("p", { class: "hint", "aria-hidden": "true" });
    const place = el("div", { class: "squares" });
    const here = members.map((each) => ({ each, name: each.name, status: crreg.statusIn(each, registry) }));
    const ordered = crreg.STATUSES.flatMap((status) => here.filter((one) => one.status === status));
    const label = `${registry}: ${told(counts)}`;
    fitted.push(() => place.replaceChildren(squares(ordered, Math.max(10, Math.floor(place.clientWidth / PITCH)), label, hint)));
    const failing = ordered.slice(0, counts[0]);
    const more = failing.length - NAMED;
    return el(
      "section",
      { class: members.length > 300 ? "block wide" : "block" },
      el(`h${level}`, {}, link(["repositories"], { ...parameters, registry }, registry)),
      el("p", { class: "counts" }, told(counts)),
      place,
      hint,
      failing.length
        ? el(
            "ul",
            { class: "names" },
            failing.slice(0, NAMED).map(({ each }) => el("li", {}, toRepository(each))),
            more > 0 ? el("li", {}, link(["repositories"], { ...parameters, registry, status: "unhealthy" }, `${more} more`)) : null,
          )
        : null,
    );
  }

  function squares(members, columns, label, hint) {
    const paths = Object.fromEntries(crreg.STATUSES.map((status) => [status, []]));
    members.forEach((each, position) => {
      paths[each.status].push(`M${(position % columns) * PITCH},${Math.floor(position / columns) * PITCH}${SHAPES[each.status]}`);
    });
    const wide = Math.min(columns, members.length) * PITCH;
    const high = Math.ceil(members.length / columns) * PITCH;
    const drawing = svg(
      "svg",
      { role: "img", "aria-label": label, viewBox: `0 0 ${wide} ${high}`, width: wide, height: high },
      Object.entries(paths)
        .filter(([, shapes]) => shapes.length)
        .map(([status, shapes]) => svg("path", { d: shapes.join(""), "fill-rule": "evenodd", class: `fill-${status}` })),
    );
    const at = (event) => {
      const box = drawing.getBoundingClientRect();
      const column = Math.floor(((event.clientX - box.left) / box.width) * (wide / PITCH));
      const row = Math.floor(((event.clientY - box.top) / box.height) * (high / PITCH));
      return members[row * columns + column];
    };
    drawing.addEventListener("pointermove", (event) => {
      const each = at(event);
      hint.textContent = each ? `${each.name}: ${each.status}` : "";
    });
    drawing.addEventListener("pointerleave", () => (hint.textContent = ""));
    drawing.addEventListener("click", (event) => {
      const each = at(event);
      if (each) location.hash = address(["repository", ...each.name.split("/")]);
    });
    return drawing;
  }

  function toRepository(each) {
    return link(["repository", ...each.name.split("/")], {}, mark(each.status), " ", each.name);
  }

  /* How many repositories failed or were unknown in the newest runs, and all counts as a table. */
  function trend(runs) {
    const shown = runs.slice(-RUNS);
    const most = Math.max(...shown.map(({ counts }) => counts[0] + counts[1]));
    const width = 600, height = 110, step = width / Math.max(shown.length, 12);
    const bars = shown.flatMap((run, position) => {
      let floor = height;
      return run.counts.slice(0, 2).map((count, status) => {
        const tall = most ? (count / most) * height : 0;
        floor -= tall;
        return svg("rect", { x: position * step, y: floor, width: Math.max(1, step - 2), height: tall, class: `fill-${crreg.STATUSES[status]}` });
      });
    });
    const last = shown.at(-1);
    const label = `${plural(shown.length, "run")}. The newest: ${told(last.counts)}.`;
    return el(
      "figure",
      { class: "trend" },
      svg("svg", { role: "img", "aria-label": label, viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none" }, bars),
      el("figcaption", {}, moment(shown[0].at), " to ", moment(last.at), most ? `: unhealthy repositories at the bottom, unknown ones above, at most ${most.toLocaleString("en")} together` : ": no repository was unhealthy or unknown"),
      el("details", {}, el("summary", {}, "The runs as a table"), crreg.table("Runs, newest first", ["Run", "Status", "Unhealthy", "Unknown", "Healthy"], shown.toReversed().map((run) => [moment(run.at), marked(run.status), ...run.counts.map(String)]))),
    );
  }

  /* How many credentials expire in each of the next 13 weeks, which are 91 days. */
  function weeks(days) {
    const counts = Array(13).fill(0);
    for (const day of days) if (day >= 0 && day < 91) counts[Math.floor(day / 7)] += 1;
    const most = Math.max(1, ...counts);
    const label = counts.map((count, week) => (count ? `in week ${week + 1}: ${count}` : "")).filter(Boolean).join(", ") || "none";
    return el(
      "figure",
      { class: "weeks" },
      svg(
        "svg",
        { role: "img", "aria-label": `Credentials that expire ${label}`, viewBox: "0 0 390 64" },
        counts.map((count, week) => [
          svg("rect", { x: week * 30 + 2, y: 48 - (count / most) * 34, width: 26, height: (count / most) * 34 || 1, class: count ? "fill-unhealthy" : "fill-none" }),
          svg("text", { x: week * 30 + 15, y: count ? 44 - (count / most) * 34 : 44, "text-anchor": "middle" }, count ? String(count) : ""),
          svg("text", { x: week * 30 + 15, y: 61, "text-anchor": "middle" }, String(week + 1)),
        ]).flat(),
      ),
      el("figcaption", {}, "Credentials that expire, by week from now"),
    );
  }

  Object.assign(crreg, { fitted, mark, marked, told, legend, map, toRepository, trend, weeks });
})();
