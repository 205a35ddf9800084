"use strict";
/* What several views share: tables, pages of a list, filters, and a cause with its remedy. */

(() => {
  const { el, link, external, prose, copyButton, marked, toRepository, repositoriesCounted } = crreg;
  const NAMES = 12;

  /* A table that can be scrolled with the keyboard where the window is narrow. */
  function table(caption, heads, rows) {
    return el(
      "div",
      { class: "scroll", role: "region", tabindex: "0", "aria-label": caption },
      el(
        "table",
        {},
        el("caption", { class: "unseen" }, caption),
        el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
        el("tbody", {}, rows.map((cells) => el("tr", {}, cells.map((cell) => el("td", {}, cell))))),
      ),
    );
  }

  /* One page of a list: what is on it, and links to the others. `write` makes a parameter list into an address's. */
  function paged(items, size, view, filters) {
    const pages = Math.max(1, Math.ceil(items.length / size));
    const page = Math.min(pages, Math.max(1, Number.parseInt(filters.page, 10) || 1));
    const to = (number, text) => link(view, { ...filters, page: number > 1 ? number : "" }, text);
    const links = el(
      "nav",
      { class: "pager", "aria-label": "Pages" },
      page > 1 ? to(page - 1, "Previous") : null,
      el("span", {}, `Page ${page} of ${pages}`),
      page < pages ? to(page + 1, "Next") : null,
    );
    return { shown: items.slice((page - 1) * size, page * size), links: pages > 1 ? links : null };
  }

  /* A form of filters, whose results are drawn again on each change; the address follows. */
  function filtered(view, filters, fields, draw) {
    const results = el("div", { class: "results" });
    const count = el("p", { role: "status", class: "counts" });
    const current = { ...filters };
    function update() {
      crreg.fitted.length = 0;
      const [said, ...drawn] = draw(current);
      count.textContent = said;
      results.replaceChildren(...drawn.filter(Boolean));
      crreg.fit();
    }
    function changed(name, value) {
      current[name] = value;
      current.page = "";
      history.replaceState(null, "", crreg.address(view, current));
      update();
    }
    const form = el("form", { class: "filters", role: "search", "aria-label": "Filters", submit: (event) => event.preventDefault() }, fields.map((field) => control(field, current, changed)));
    const fixed = ["cause", "image", "credential"].filter((name) => current[name]);
    const notes = fixed.map((name) => el("p", { class: "fixed" }, `Only with the ${name} `, el("code", {}, current[name]), " ", link(view, { ...current, [name]: "", page: "" }, "Show all")));
    const whole = el("div", {}, form, notes, count, results);
    const [said, ...drawn] = draw(current);
    count.textContent = said;
    results.append(...drawn.filter(Boolean));
    return whole;
  }

  function control({ name, label, choices }, current, changed) {
    const id = `filter-${name}`;
    const listener = (event) => changed(name, event.target.value);
    if (!choices) {
      return el("p", {}, el("label", { for: id }, label), el("input", { id, type: "search", value: current[name] ?? "", autocomplete: "off", spellcheck: "false", input: listener }));
    }
    const chosen = current[name] ?? "";
    /* An address may name what the newest report does not have: the filter still says what it filters by. */
    const all = choices.some(([value]) => value === chosen) ? choices : [...choices, [chosen, chosen]];
    const options = all.map(([value, text]) => el("option", { value, selected: value === chosen }, text));
    return el("p", {}, el("label", { for: id }, label), el("select", { id, change: listener }, options));
  }

  function choicesOf(values, all) {
    return [["", all], ...values.map((value) => [value, value])];
  }

  /* A cause: what is wrong, where, and what to do. */
  function cause(each, level, named = true) {
    const status = each.severity === "error" ? "unhealthy" : "unknown";
    const place = each.path ? el("p", { class: "place" }, "At ", el("code", {}, each.line ? `${each.path}:${each.line}` : each.path)) : null;
    return el(
      "article",
      { class: `cause ${each.severity}` },
      el(`h${level}`, {}, marked(status, each.severity), " ", link(["cause", each.id], {}, each.about ? `${each.rule}: ${each.about}` : each.rule)),
      el("p", {}, prose(each.message)),
      place,
      named ? broken(each) : null,
      each.steps.length ? el("ol", { class: "steps" }, steps(each.steps)) : null,
      each.documentation ? el("p", {}, external(each.documentation, `About ${each.rule}`)) : null,
    );
  }

  function broken(each) {
    const count = each.repositories.length;
    if (!count) return el("p", {}, "It concerns the organization; no repository needs it.");
    const rest = count - NAMES;
    return el(
      "div",
      {},
      el("p", {}, `In ${repositoriesCounted(count)}:`),
      el(
        "ul",
        { class: "names" },
        each.repositories.slice(0, NAMES).map((repository) => el("li", {}, toRepository(repository))),
        rest > 0 ? el("li", {}, link(["repositories"], { cause: each.id }, `${rest} more`)) : null,
      ),
    );
  }

  /* One item for each text or link, with the lines to paste that follow it. */
  function steps(all) {
    const items = [];
    for (const [kind, value, text] of all) {
      if (kind === "link") items.push(el("li", {}, external(value, text || value)));
      else if (kind === "text") items.push(el("li", {}, prose(value)));
      else (items.at(-1) ?? items[items.push(el("li")) - 1]).append(el("div", { class: "paste" }, el("pre", {}, el("code", {}, value)), copyButton(value)));
    }
    return items;
  }

  Object.assign(crreg, { table, paged, filtered, choicesOf, cause });
})();
