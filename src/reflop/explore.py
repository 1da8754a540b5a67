"""`explore("optical.kernel")`: the parameters of a section as widgets in JupyterLab, one line of text elsewhere."""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reflop import catalog
from reflop.catalog import Section
from reflop.errors import ReflopError
from reflop.experiment import records, run
from reflop.params import Params, allowed

if TYPE_CHECKING:
    from ipywidgets import Output, VBox, Widget

SLIDER_STEPS = 1000  # a longer range is typed


@dataclass(frozen=True)
class Hint:
    """What is shown where nobody could move a slider: a batch run, a terminal, a page."""

    text: str

    def __repr__(self) -> str:
        return self.text


def explore(section: str, preset: str = "book") -> VBox | Hint:
    """Widgets for every parameter of `section`, starting from `preset`, and a button that runs it.

    Shows nothing to move outside a front end such as JupyterLab (papermill, nbclient, a terminal): there it says
    how to open one.

    Raises:
        BadParams: an unknown section or preset.
    """
    entry = catalog.section(section)
    entry.params.of(preset)
    if not _has_front_end():
        return Hint(f"To explore {section} with sliders, open this notebook in JupyterLab: make lab")
    try:
        return _panel(section, entry, preset)
    except ImportError:
        return Hint(f"To explore {section} with sliders, install ipywidgets: pip install 'reflop[book]'")


def _has_front_end() -> bool:
    """Whether someone is looking: front ends tell the kernel which cell they run, batch clients do not."""
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    if shell is None or not hasattr(shell, "get_parent"):
        return False
    return "cellId" in shell.get_parent().get("metadata", {})


def _panel(section: str, entry: Section, preset: str) -> VBox:
    """Preset, one control per parameter, the button and the place for what it shows."""
    import ipywidgets as widgets

    chosen = widgets.Dropdown(options=entry.params.presets(), value=preset, description="preset")
    fields = controls(entry.params, preset)
    button = widgets.Button(description="Run", button_style="primary")
    shown = widgets.Output()

    def follow(change: dict[str, Any]) -> None:
        """A preset sets every control."""
        for name, fresh in controls(entry.params, change["new"]).items():
            fields[name].value = fresh.value

    chosen.observe(follow, names="value")
    button.on_click(lambda _: _run(section, chosen.value, values(entry.params, fields), shown))
    return widgets.VBox([chosen, *fields.values(), button, shown])


def controls(params: type[Params], preset: str) -> dict[str, Widget]:
    """A widget for every field of `params`, holding its value at `preset`."""
    schemas = params.model_json_schema()["properties"]
    at = params.of(preset).model_dump(mode="json")
    made = {name: _control(schemas[name], value) for name, value in at.items()}
    for name, widget in made.items():
        widget.description = name
        widget.style = {"description_width": "10em"}
        widget.tooltip = f"{schemas[name].get('description', name)} ({allowed(params, name)})"
    return made


def _control(schema: dict[str, Any], value: Any) -> Widget:
    """The widget that can hold exactly what one field takes, or as near to that as widgets come."""
    import ipywidgets as widgets

    kind = schema.get("type")
    low: Any = schema.get("minimum")
    high: Any = schema.get("maximum")
    ranged = low is not None and high is not None
    if "enum" in schema:
        widget = widgets.Dropdown(options=schema["enum"], value=value)
    elif "enum" in schema.get("items", {}):
        widget = widgets.SelectMultiple(options=schema["items"]["enum"], value=value)
    elif kind == "boolean":
        widget = widgets.Checkbox(value=value)
    elif kind == "integer" and ranged:
        slim = high - low <= SLIDER_STEPS
        widget = (widgets.IntSlider if slim else widgets.BoundedIntText)(min=low, max=high, value=value)
    elif kind == "number" and ranged:
        widget = widgets.FloatSlider(min=low, max=high, value=value, step=(high - low) / SLIDER_STEPS)
    elif kind in ("integer", "number"):
        widget = (widgets.IntText if kind == "integer" else widgets.FloatText)(value=value)
    else:
        widget = widgets.Text(value=value if kind == "string" else json.dumps(value))
    return widget


def values(params: type[Params], fields: dict[str, Widget]) -> dict[str, Any]:
    """What the widgets hold, as the values of the parameters; text that is no JSON is left to their own check."""
    schemas = params.model_json_schema()["properties"]
    return {name: _value(schemas[name], widget.value) for name, widget in fields.items()}


def _value(schema: dict[str, Any], held: Any) -> Any:
    if isinstance(held, tuple):
        return list(held)
    if isinstance(held, str) and schema.get("type") != "string":
        try:
            return json.loads(held)
        except ValueError:
            return held
    return held


def _run(section: str, preset: str, given: dict[str, Any], shown: Output) -> None:
    """Run the section and show its record and its figure, or the one line that says why not."""
    from IPython.display import display

    shown.clear_output()
    with shown:
        try:
            record = run(section, preset, **given)
            display(record)  # type: ignore[no-untyped-call]
            drawing = _figure(record.system, record.section)
            if drawing is not None:
                display(drawing(records(record)))  # type: ignore[no-untyped-call]
        except ReflopError as error:
            print(error)


def _figure(system: str, section: str) -> Any:
    """The figure function of a section, if it has one of its own name."""
    try:
        return getattr(importlib.import_module(f"reflop.systems.{system}.figures"), section, None)
    except ModuleNotFoundError:
        return None
