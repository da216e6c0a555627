package io.yardmaster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;

import io.yardmaster.ContractRecipes.Recipe;
import io.yardmaster.contract.BundledContract;
import io.yardmaster.contract.BundledContract.Operation;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Calls every operation of the contract on a whole server and holds each answer against what the contract documents. */
class ContractCoverageTest {

    private static final BundledContract CONTRACT = BundledContract.load();
    private static final ContractRecipes RECIPES = new ContractRecipes();

    @Test
    void every_operation_has_a_recipe() {
        assertThat(CONTRACT.operations().stream().map(Operation::id))
                .hasSizeGreaterThan(20)
                .containsExactlyInAnyOrderElementsOf(RECIPES.byOperation().keySet());
    }

    @TestFactory
    Stream<DynamicContainer> every_operation_answers_as_the_contract_says() {
        return CONTRACT.operations().stream()
                .filter(operation -> RECIPES.byOperation().containsKey(operation.id()))
                .map(operation -> {
                    Recipe recipe = Objects.requireNonNull(RECIPES.byOperation().get(operation.id()));
                    return dynamicContainer(operation.id(), new OperationCoverage(CONTRACT, operation, recipe).tests());
                });
    }
}
