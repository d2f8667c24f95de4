from sklearn.utils.estimator_checks import parametrize_with_checks

from mnistlab.mlp import MLP


@parametrize_with_checks([MLP(random_state=0)])
def test_scikit_learn_checks(estimator, check):
    check(estimator)
