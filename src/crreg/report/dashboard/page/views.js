"use strict";
/* The overview, and the views of one cause and one repository. */

(() => {
  const { el, link, plural, repositoriesCounted, marked, moment, daysUntil, table } = crreg;
  const TOP = 5;
  const STALE_DAYS = 7;

  function overview(model) {
    const counts = crreg.counted(model.repositories);
    const soon = model.credentials.filter((each) => each.expires && daysUntil(each.expires) <= 90);
    const errors = model.causes.filter((cause) => cause.severity === "error");
    return [
      el("h1", {}, model.organization),
      el("p", { class: `verdict ${model.status}` }, crreg.mark(model.status), " ", model.verdict),
      el("p", { class: "counts" }, model.at ? ["Checked ", moment(model.at), "."] : null, stale(model)),
      el(
        "ul",
        { class: "tiles" },
        crreg.STATUSES.slice(0, 3).map((status, position) => tile(counts[position], status, ["repositories"], { status })),
        tile(errors.length, errors.length === 1 ? "cause of errors" : "causes of errors", ["causes"], { severity: "error" }),
        tile(soon.length, "expired, or expiring in 90 days", ["credentials"], { expiry: "90" }),
      ),
      model.repositories.length ? [el("h2", {}, "Repositories by registry"), crreg.map(model.repositories, {}, 3)] : null,
      model.runs.length ? [el("h2", {}, "Trend"), crreg.trend(model.runs)] : null,
      model.causes.length
        ? [el("h2", {}, "Causes"), model.causes.slice(0, TOP).map((each) => crreg.cause(each, 3)), el("p", {}, link(["causes"], {}, `All ${plural(model.causes.length, "cause")}`))]
        : null,
      listed("Not proven", model.unchecked),
      listed("Notes", model.notes),
    ].flat(2);
  }

  function stale(model) {
    const days = model.at ? -daysUntil(model.at) - 1 : 0;
    return days >= STALE_DAYS ? el("strong", {}, ` That was ${plural(days, "day")} ago: this page is not up to date.`) : null;
  }

  function tile(count, text, path, parameters) {
    return el("li", {}, link(path, parameters, el("strong", {}, count.toLocaleString("en")), " ", text));
  }

  function listed(title, clauses) {
    return clauses.length ? [el("h2", {}, title), el("ul", {}, clauses.map((clause) => el("li", {}, crreg.prose(clause))))] : null;
  }

  function cause(model, filters, [id]) {
    const each = model.byCause.get(id);
    if (!each) return missing("Cause", "The newest report does not have this cause, so it may be repaired.");
    const { shown, links } = crreg.paged(each.repositories, 200, ["cause", id], filters);
    return [
      el("h1", {}, each.about ? `${each.rule}: ${each.about}` : each.rule),
      crreg.cause(each, 2, false),
      el("h2", {}, repositoriesCounted(each.repositories.length)),
      shown.length ? el("ul", { class: "names" }, shown.map((repository) => el("li", {}, crreg.toRepository(repository)))) : null,
      links,
    ];
  }

  function repository(model, filters, path) {
    const name = path.join("/");
    const each = model.byName.get(name);
    if (!each) return missing(name, "The newest report does not have this repository: it has no dev container, or was renamed or deleted.");
    return [
      el("h1", {}, name),
      el("p", { class: `verdict ${each.status}` }, crreg.mark(each.status), " ", each.status),
      listed("Not proven", each.reasons),
      each.causes.length ? [el("h2", {}, "What is wrong"), each.causes.map((one) => crreg.cause(one, 3))] : null,
      each.uses.length
        ? [el("h2", {}, "Images"), table("Images", ["Image", "From", "Place", "Answer"], each.uses.map((use) => [el("code", {}, use.image.name), use.source, el("code", {}, `${use.path}:${use.line}`), [use.outcome || "not asked for", use.detail ? `: ${use.detail}` : ""].join("")]))]
        : null,
      each.credentials.length ? [el("h2", {}, "Credentials"), crreg.credentialTable(each.credentials)] : null,
      el("h2", {}, "History"),
      each.history.length
        ? table("Verdicts, newest first", ["Since", "Status", "Rules"], each.history.toReversed().map((verdict) => [moment(verdict.at), marked(verdict.status), verdict.rules.join(", ")]))
        : el("p", {}, "There is no history yet."),
      each.history.length === model.mostVerdicts ? el("p", { class: "note" }, `Only the newest ${model.mostVerdicts} verdicts are shown.`) : null,
    ].flat(2);
  }

  function missing(title, why) {
    return [el("h1", {}, title), el("p", {}, why), el("p", {}, link([], {}, "Back to the overview"))];
  }

  crreg.views = { "": overview, overview, cause, repository, ...crreg.lists };
})();
