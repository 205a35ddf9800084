"use strict";
/* Shows the view that the address names, with the data of the organization that it names. */

(() => {
  const VIEWS = [["", "Overview"], ["repositories", "Repositories"], ["causes", "Causes"], ["credentials", "Credentials"], ["images", "Images"]];
  const PARENTS = { repository: "repositories", cause: "causes", overview: "" };
  const main = document.getElementById("main");
  const received = new Map();
  const policy = globalThis.trustedTypes?.createPolicy("crreg", { createScriptURL: checked });
  let isFirst = true;

  function checked(path) {
    if (!/^data\/\d+\.js$/.test(path)) throw new TypeError("Only the page's own data is a script.");
    return path;
  }

  /* The files in data/ call it. */
  crreg.receive = (number, data) => received.set(number, crreg.unpack(data));

  function parse(fragment) {
    const [path, query = ""] = fragment.replace(/^#\/?/, "").split("?", 2);
    const filters = Object.fromEntries(new URLSearchParams(query));
    const parts = path.split("/").map(decoded);
    return { view: Object.hasOwn(crreg.views, parts[0]) ? parts[0] : "", rest: parts.slice(1), filters };
  }

  function decoded(part) {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  }

  function numberOf(organization) {
    return Math.max(0, crreg.organizations.indexOf(organization)) + 1;
  }

  function show() {
    const { view, rest, filters } = parse(location.hash);
    const number = numberOf(filters.org);
    if (!received.has(number)) {
      load(number);
      return;
    }
    crreg.model = received.get(number);
    delete filters.org;
    crreg.fitted.length = 0;
    const drawn = crreg.views[view](crreg.model, filters, rest).flat(3).filter(Boolean);
    main.replaceChildren(...drawn);
    crreg.fit();
    const title = main.querySelector("h1");
    document.title = `${title.textContent} - ${crreg.model.organization} - Codespaces registry secrets`;
    navigation(PARENTS[view] ?? view);
    document.getElementById("organization").value = crreg.model.organization;
    if (!isFirst) {
      title.tabIndex = -1;
      title.focus();
      scrollTo(0, 0);
    }
    isFirst = false;
    performance.mark("crreg-shown");
  }

  function load(number) {
    const path = `data/${number}.js`;
    const script = document.createElement("script");
    script.src = policy ? policy.createScriptURL(path) : checked(path);
    script.addEventListener("load", () => (received.has(number) ? show() : failed(path)));
    script.addEventListener("error", () => failed(path));
    document.head.append(script);
  }

  function failed(path) {
    main.replaceChildren(crreg.el("h1", {}, "The report can't be read"), crreg.el("p", {}, `The file ${path} is missing or damaged. Run crreg dashboard again.`));
  }

  function navigation(current) {
    const items = VIEWS.map(([view, text]) => {
      const link = crreg.link(view ? [view] : [], {}, text);
      if (view === current) link.setAttribute("aria-current", "page");
      return crreg.el("li", {}, link);
    });
    document.getElementById("views").replaceChildren(...items);
  }

  crreg.fit = () => crreg.fitted.forEach((draw) => draw());

  function remembered() {
    try {
      return localStorage.getItem("crreg-theme") ?? "";
    } catch {
      return "";
    }
  }

  function themed(theme) {
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    try {
      localStorage.setItem("crreg-theme", theme);
    } catch {
      /* A browser that keeps nothing for files only forgets the choice. */
    }
  }

  const theme = document.getElementById("theme");
  theme.value = remembered();
  themed(theme.value);
  theme.addEventListener("change", () => themed(theme.value));
  document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });
  const organization = document.getElementById("organization");
  organization.append(...crreg.organizations.map((name) => crreg.el("option", { value: name }, name)));
  document.getElementById("switch").hidden = crreg.organizations.length < 2;
  organization.addEventListener("change", () => (location.hash = `#/?${new URLSearchParams({ org: organization.value })}`));
  addEventListener("hashchange", show);
  addEventListener("resize", crreg.fit);
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((each) => (each.open = true)));
  show();
})();
