using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;

namespace Ledger.Node.Http;

/// <summary>Finds the task that a person means: by id, by the first digits of its id, or by name.</summary>
internal static class TaskLookup
{
    // Fewer digits are more likely a name, or a slip of the finger.
    private const int ShortestPrefix = 6;

    internal static LearningTask Find(ChainState state, string text)
    {
        if (Digest.TryParse(text, out var id) && state.Tasks.TryGetValue(id.Value, out var exact))
            return exact;
        var found = state.Tasks.Values.Where(task => IsMeant(task, text)).ToArray();
        return found.Length switch
        {
            1 => found[0],
            0 when state.Tasks.IsEmpty =>
                throw new OperatorException($"no task '{text}': the chain has no tasks", "see: ledger task list"),
            0 => throw new OperatorException($"no task '{text}'",
                $"tasks are: {string.Join(", ", state.Tasks.Values.Select(task => NameOf(state, task)))}"),
            _ => throw new OperatorException($"{found.Length} tasks are called '{text}'",
                $"say which by its id: {string.Join(", ", found.Select(task => task.Id.Short))}"),
        };
    }

    // A name that two tasks have says nothing.
    private static string NameOf(ChainState state, LearningTask task) =>
        state.Tasks.Values.Count(other => other.Spec.Name == task.Spec.Name) == 1 ? task.Spec.Name : task.Id.Short;

    private static bool IsMeant(LearningTask task, string text) => task.Spec.Name == text
        || (text.Length >= ShortestPrefix && task.Id.ToString().StartsWith(text, StringComparison.Ordinal));
}
