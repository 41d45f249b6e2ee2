"""scikit-learn estimators on feature tables: preparation of features, fitting and prediction."""
