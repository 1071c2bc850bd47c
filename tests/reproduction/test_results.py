"""The file of runs: there and back, under the settings of their experiments, and what is no such file."""

import json

import pytest

from chainrule.exchange.errors import FileFormatError
from chainrule.reproduction.experiments import Run
from chainrule.reproduction.results import FORMAT, Results
from chainrule.reproduction.rows import ROWS, Guess, Training

SOME = Training((784, 30, 10), 0.5)
ONE = Run(1, (91.25, 92.5), (93.0,), (0.5,), (98.0, 0.0), 3, "numpy", 1.5, "0.1")


def test_there_and_back(tmp_path):
    path = tmp_path / "runs.json"
    results = Results(path)
    results.add(SOME, ONE)
    results.add(SOME, Run(0))
    results.add(Guess(), Run(5, (10.0,)))
    results.save({"machine": {"processor": "some"}})
    again = Results(path)
    assert again.of(SOME) == (Run(0), ONE)
    assert again.of(Guess()) == (Run(5, (10.0,)),)
    assert again.of(Training((784, 30, 10), 0.25)) == (), "another setting, another experiment"
    data = json.loads(path.read_text())
    assert data["format"] == FORMAT
    assert data["machine"] == {"processor": "some"}
    assert data["experiments"][0]["settings"]["sizes"] == [784, 30, 10]
    assert [path.name for path in tmp_path.iterdir()] == ["runs.json"]
    again.save()
    assert Results(path).of(SOME) == again.of(SOME)


def test_a_seed_is_kept_once_and_files_are_put_together(tmp_path):
    one, other = Results(tmp_path / "one"), Results(tmp_path / "other")
    one.add(SOME, Run(0, (1.0,)))
    one.add(SOME, Run(0, (2.0,)))
    other.add(SOME, ONE)
    one.take(other)
    assert one.of(SOME) == (Run(0, (2.0,)), ONE)


def test_no_two_experiments_of_the_table_are_taken_for_one_another(tmp_path):
    results = Results(tmp_path / "runs.json")
    experiments = list(dict.fromkeys(row.experiment for row in ROWS if row.experiment is not None))
    for number, experiment in enumerate(experiments):
        results.add(experiment, Run(number))
    results.save()
    assert [Results(results.path).of(each)[0].seed for each in experiments] == list(range(len(experiments)))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff\xfe",
        b'{"experiments": []}',
        b'{"format": "chainrule reproduction 0", "experiments": []}',
        b'{"format": "chainrule reproduction 1", "experiments": {}}',
        b'{"format": "chainrule reproduction 1", "experiments": [{"runs": []}]}',
        b'{"format": "chainrule reproduction 1", "experiments": [{"settings": {}, "runs": [{"seed": "x", "seconds": 1}]}]}',
        b'{"format": "chainrule reproduction 1", "experiments": [{"settings": {}, "runs": [{"seed": 1}]}]}',
        b'{"format": "chainrule reproduction 1", "experiments": [{"settings": {}, "runs": [[]]}]}',
        b'{"format": "chainrule reproduction 1", "experiments": [{"settings": {}, "runs": [{"seed": 1, "seconds": 1, '
        b'"scored": 3}]}]}',
        b'{"format": "chainrule reproduction 1", "experiments": [{"settings": {}, "runs": [{"seed": 1, "seconds": 1, '
        b'"scored": [3, "4"]}]}]}',
    ],
)
def test_another_file_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "mine.json"
    path.write_bytes(content)
    with pytest.raises(FileFormatError) as refused:
        Results(path)
    assert str(refused.value) == (
        f"{path} cannot be read as the results of a reproduction; give another name, or move it away."
    )
    assert path.read_bytes() == content
